// From a function of formulas to a program.
#pragma once
#include "codegen/compile.h"
#include "ir/graph.h"
#include "runtime/program.h"

namespace tenon {

/// The kernels of `f`, whose nodes are formulas, views and constants; equal formulas share a kernel. Throws Error naming
/// an operator that has no compiled form.
struct Kernels {
  std::vector<codegen::KernelSource> sources;
  std::vector<std::size_t> kernel_of_call;  ///< per formula node in program order
};
Kernels kernels_of(const Function& f);

/// Binds compiled kernels to memory.
runtime::ProgramData bind(const Function& f, const Kernels& kernels, codegen::Compiled compiled);

}  // namespace tenon
