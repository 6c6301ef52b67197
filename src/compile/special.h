// Operators that no formula says, in programs.
#pragma once
#include "ir/graph.h"
#include "runtime/special/special.h"

namespace tenon {

/// The call that computes `node`, an operator with `evaluate`: by its runtime kernel where there is one, else by the
/// operator itself, which then travels as text.
runtime::SpecialCall special_call(const Op& op, std::vector<Type> in, std::vector<Type> out);
runtime::SpecialCall special_call(const Node& node);

/// Makes the kernels of the second kind, for runtime::Program and for planning.
runtime::SpecialKernel reference_kernel(const runtime::SpecialCall& call);
runtime::SpecialKernel special_kernel(const runtime::SpecialCall& call);

}  // namespace tenon
