#pragma once
#include "ir/graph.h"

namespace tenon {

/// Throws Error naming the node where the function breaks a rule: results defined; every parameter reached is listed
/// once; no cycle; types equal to what `infer` says of the operands; no undefined operand.
void verify(const Function& f);

}  // namespace tenon
