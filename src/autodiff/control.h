// Gradients of operators that hold functions.
#pragma once
#include <optional>
#include <span>

#include "ir/graph.h"

namespace tenon {

/// Gradients of the operands, an undefined Value where there is none, given those of the outputs (undefined: zero) and
/// which operands want one. Nothing where the operator holds no functions. Throws Error for a loop without a bound.
std::optional<Values> control_gradients(Builder& b, const Node& node, const Values& adjoints,
                                        std::span<const char> wanted);

}  // namespace tenon
