// The slow, obvious meaning of an expression.
#pragma once
#include <optional>
#include <span>

#include "expr/expr.h"
#include "tensor/array.h"
#include "tensor/index_error.h"

namespace tenon::expr {

/// One scalar function on rounded arguments; `dtype` is the arguments' type. The result is not yet rounded.
Number apply_fn(Fn fn, DType dtype, std::span<const Number> args);

/// The value of `e`. Every node is rounded to its dtype, the running value to `accumulate`.
/// Throws Error where the inputs do not match e.in, and IndexError where an index read from data is out of range.
Array evaluate(const Expr& e, std::span<const Array> inputs);

/// By operand, whether indices that may be out of range depend on it. Empty: there are none.
std::vector<char> operands_of_indices(const Expr& e);
/// The index that is out of range and, of those of one access, was computed from the first element in row-major order.
/// Inputs on which no index depends may be undefined.
std::optional<BadIndex> find_bad_index(const Expr& e, std::span<const Array> inputs);

/// The value of an expression of integers that are known as extents, perhaps with unknowns: of each operand the
/// elements, row-major. Nothing where that takes more than sums, products, exact quotients and comparisons that are
/// decided, or where the points are many.
std::optional<Shape> evaluate_extents(const Expr& e, std::span<const Shape> in);

}  // namespace tenon::expr
