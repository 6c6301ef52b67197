// The tangent of an expression: how its value changes with its operands, as an expression.
#pragma once
#include <optional>
#include <span>

#include "expr/expr.h"

namespace tenon::expr {

/// The directional derivative of `e`, linear in the tangents of those operands that `active` marks. With n =
/// e.in.size() and m marked ones, the operands are e's own 0..n-1; then the tangents of the marked ones in their order;
/// then, by number n + m: the reduced value before `post` (see reduced_only in expr/gradient.h); n + m + 1: the
/// position of the extreme element (arg_of), or of a product how many factors are 0 (zeros_of); of a product also n + m
/// + 2: the product of the other factors (product_of_others). It may read none of these. Nothing where it is 0
/// everywhere. At kinks it is what `gradient` gives.
std::optional<Expr> tangent(const Expr& e, std::span<const char> active);

}  // namespace tenon::expr
