// The gradient of an expression, as expressions.
#pragma once
#include <vector>

#include "expr/expr.h"

namespace tenon::expr {

/// Does the expression read this operand?
bool reads_operand(const Expr& e, std::int32_t number);

/// One term of d(loss)/d(operand); the gradient is the sum of all terms. With n = e.in.size(), the term's operands
/// are e's own 0..n-1, then n: d(loss)/d(out); n+1: the reduced value before `post` (see reduced_only); n+2: the
/// position of the extreme element (see arg_of), or of a product how many factors are 0 (zeros_of); of a product also
/// n+3: the product of the other factors (product_of_others). It may read none of them.
struct GradientTerm {
  Expr e;
  bool reads_operand(std::int32_t number) const { return expr::reads_operand(e, number); }
};

/// Empty where the gradient is zero everywhere. Accesses to the operand that are equal give one term.
/// The derivative of a product is right where factors are 0, that of the derivative is not. The derivative of max, min,
/// abs, sign, floor, ceil, round at their kinks: the first branch / zero.
std::vector<GradientTerm> gradient(const Expr& e, std::int32_t operand);

/// `e` without its `post`: the reduced value itself.
Expr reduced_only(const Expr& e);
/// For a Prod expression: the number of factors that are 0, and the product of those that are not.
Expr zeros_of(const Expr& e);
Expr product_of_others(const Expr& e);
/// For a Max or Min expression: the row-major position over the reduction indices of the extreme element.
Expr arg_of(const Expr& e);

}  // namespace tenon::expr
