// Expressions as text, and back.
//
//   [i0:128, i1:10 | k0:32] sum f32: x0[i0, k0] * x1[k0, i1] -> max(acc, 0:f32)
//
// See docs/expressions.md for the grammar. print then parse gives an equal Expr.
#pragma once
#include <string>
#include <string_view>

#include "expr/expr.h"

namespace tenon::expr {

/// One line, parseable given the operand types.
std::string to_text(const Expr& e);
/// Throws Error with the column of the first mistake, and where an access is not certain to stay inside of its operand:
/// text is not trusted.
Expr parse(std::string_view text, const std::vector<Type>& in);
/// Indented loops for people.
std::string to_loops(const Expr& e);

}  // namespace tenon::expr
