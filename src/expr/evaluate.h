// The slow, obvious meaning of an expression.
#pragma once
#include <optional>
#include <span>

#include "expr/expr.h"
#include "tensor/array.h"

namespace tenon::expr {

/// One scalar function on rounded arguments; `dtype` is the arguments' type. The result is not yet rounded.
Number apply_fn(Fn fn, DType dtype, std::span<const Number> args);

/// The value of `e`. Every node is rounded to its dtype, the running value to `accumulate`.
/// Throws Error where the inputs do not match e.in, or an index read from data is out of range (naming operand,
/// dimension, index and extent).
Array evaluate(const Expr& e, std::span<const Array> inputs);

/// The value of an expression of integers that are known as extents, perhaps with unknowns: of each operand the elements,
/// row-major. Nothing where that takes more than sums, products, exact quotients and comparisons that are decided.
std::optional<Shape> evaluate_extents(const Expr& e, std::span<const Shape> in);

}  // namespace tenon::expr
