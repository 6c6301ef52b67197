// The rules that every graph keeps.
#pragma once
#include "ir/graph.h"

namespace tenon {

/// Throws Error naming the node where the function breaks a rule: results and parameters are defined; each parameter
/// is a parameter node or a settled one and listed once; every parameter reached is listed; types equal what `infer`
/// says of the operands. (Undefined operands and cycles cannot be built.)
void verify(const Function& f);

}  // namespace tenon
