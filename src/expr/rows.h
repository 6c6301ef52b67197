// The rows of formulas: leading output indices for whose values a formula can be computed one after another.
#pragma once
#include <span>
#include <vector>

#include "expr/expr.h"

namespace tenon::expr {

/// Extents of the leading dimensions of the output that vary, each of which is one parallel index: dimension j of them
/// is index j. Fewer than there are dimensions where one joins several indices.
Shape row_extents(const Expr& e);

/// How many of the first `rows` indices of `e` name the row of operand `k` in every access to it: the operand's j-th
/// dimension that varies is read at index j exactly.
std::int32_t own_rows(const Expr& e, std::size_t k, std::int32_t rows);

/// One of several expressions that are computed in turn.
struct RowStage {
  const Expr* e = nullptr;
  std::vector<char> made;  ///< by operand: another stage makes it
};
/// The largest number of leading indices that all stages have in common, such that each reads what another makes at its
/// own row only; 0 where there is none.
std::int32_t common_rows(std::span<const RowStage> stages);

}  // namespace tenon::expr
