// From a function of formulas and special operators to a program.
#pragma once
#include <unordered_map>

#include "codegen/compile.h"
#include "compile/compiler.h"
#include "compile/driver/kernel_source.h"
#include "ir/graph.h"
#include "runtime/control.h"

namespace tenon {

/// The nodes of `f` that something must compute, operands before users: all but parameters, constants and views.
/// Throws Error naming an operator that has neither formula nor evaluator.
std::vector<Node*> calls_of(const Function& f);

/// The value whose memory `v` shares: views followed to their source.
Value root_of(Value v);

struct Lowered;

/// A node that is computed: by generated code, by a special operator, or by running functions. The latter two may need
/// memory to work in.
struct Step {
  Node* node;
  std::optional<KernelParts> parts = {};
  std::optional<runtime::SpecialCall> special = {};
  std::vector<Lowered> bodies;                               ///< the functions of a branch or loop
  std::shared_ptr<const runtime::ControlCall> control = {};  ///< once these are bound
  i64 workspace = 0;
  i64 workspace_at = 0;
  std::optional<std::size_t> in_place = {};  ///< as SpecialKernel::in_place

  std::vector<Value> outputs() const;
};
std::vector<Step> steps_of(const Function& f);

/// A function, which must outlive this, as steps in the order in which they run.
struct Lowered {
  const Function* f = nullptr;
  std::vector<Step> steps;
  Replacements in_place;  ///< see made_in_place
};
/// `wanted`: results that may lie over parameters.
Lowered lowered(const Function& f, const Replacements& wanted);

/// Which of the replacements may be made in place. Their steps are moved to the end, behind all others that read the
/// parameter: steps whose results no step reads, and which read from the parameter only the element that they write, or
/// what their kernel says. Inside of a kernel the stage that writes comes behind those that read the same row.
Replacements made_in_place(const Function& f, const Replacements& wanted, std::vector<Step>& steps);

/// The generated kernels of the steps, also of the functions that they run; equal ones share their code.
struct Kernels {
  std::vector<codegen::KernelSource> sources;
  std::unordered_map<const Node*, std::size_t> of;
};
Kernels kernels_of(const Lowered& lowered);

/// Binds kernels to memory. The functions of branches and loops become regions, whose arenas lie in that of the
/// function around them.
runtime::ProgramData bind(const Lowered& lowered, const Kernels& kernels, codegen::Compiled compiled);

}  // namespace tenon
