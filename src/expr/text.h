// Expressions as text, and back.
//
//   [i:128, j:10 | k:32] f32 sum(f32) a[i, k] * b[k, j] -> max(acc, 0)
//
// See docs/expressions.md for the grammar. print then parse gives an equal Expr.
#pragma once
#include <string>
#include <string_view>

#include "expr/expr.h"

namespace tenon::expr {

/// One line, parseable given the operand types.
std::string to_text(const Expr& e);
/// Throws Error with the column of the first mistake.
Expr parse(std::string_view text, const std::vector<Type>& in);
/// Indented loops for people.
std::string to_loops(const Expr& e);

}  // namespace tenon::expr
