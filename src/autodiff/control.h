// Derivatives of operators that hold functions.
#pragma once
#include <optional>
#include <span>

#include "autodiff/forward.h"
#include "ir/graph.h"

namespace tenon {

/// Gradients of the operands, an undefined Value where there is none, given those of the outputs (undefined: zero) and
/// which operands want one. Nothing where the operator holds no functions. Throws Error for a loop without a bound.
std::optional<Values> control_gradients(Builder& b, const Node& node, const Values& adjoints,
                                        std::span<const char> wanted);

/// A gradient or tangent with the type of the value `of` that it belongs to: their extents are the same whenever this
/// runs, but one of the types may say less, or belong to the other branch.
Value fitted(const Value& derivative, const Value& of);

/// Outputs and their tangents, which one loop or branch gives together, from the operands and their tangents
/// (undefined: zero). Nothing where the operator holds no functions.
std::optional<Tangents> control_tangents(Builder& b, const Op& op, std::span<const Value> in,
                                         std::span<const Value> moves);

}  // namespace tenon
