// From a function of formulas and special operators to a program.
#pragma once
#include <unordered_map>

#include "codegen/compile.h"
#include "ir/graph.h"
#include "runtime/program.h"

namespace tenon {

/// The nodes of `f` that something must compute, operands before users: all but parameters, constants and views.
/// Throws Error naming an operator that has neither formula nor evaluator.
std::vector<Node*> calls_of(const Function& f);

/// The generated kernels of the formulas in `f`; equal formulas share a kernel.
struct Kernels {
  std::vector<codegen::KernelSource> sources;
  std::unordered_map<const Node*, std::size_t> of;
};
Kernels kernels_of(const Function& f);

/// Binds kernels to memory.
runtime::ProgramData bind(const Function& f, const Kernels& kernels, codegen::Compiled compiled);

}  // namespace tenon
