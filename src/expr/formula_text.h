// Expressions as statements of formulas, for people.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "expr/expr.h"

namespace tenon::expr {

/// What the tensors of an expression are called.
struct FormulaNames {
  std::string target;
  std::vector<std::string> operands;  ///< by number in e.in
  /// What indices of their dimensions are called, where that is known: of the target, and of each operand.
  std::vector<std::string> target_indices;
  std::vector<std::vector<std::string>> operand_indices;
  /// Other tensors, which may say how large a dimension is.
  std::vector<std::pair<std::string, Type>> others;
};

/// "dA[i,k] += dC[i,j] * B[k,j]": parse_formula accepts it and gives an expression of the same value, given the types
/// of `e` and of the others. Nothing where the language lacks words for a part, or the statement would be very long;
/// to_text(e) says everything.
std::optional<std::string> to_formula(const Expr& e, const FormulaNames& names);

/// Names for the indices of `e`, by number: those of the dimensions that they run over, else letters.
std::vector<std::string> index_names(const Expr& e, const FormulaNames& names);

/// The index that a coordinate consists of; kNone where it is more.
IndexId plain_index(const Coord& c);

}  // namespace tenon::expr
