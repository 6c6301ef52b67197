// The rows of formulas: leading dimensions of the output, for whose positions a formula can be computed one after
// another. Dimensions of extent 1 do not count.
#pragma once
#include <span>
#include <vector>

#include "expr/expr.h"

namespace tenon::expr {

/// A dimension of the output, which one parallel index runs along.
struct Row {
  Dim extent;
  IndexId index;
};
/// The leading dimensions of the output that vary, as far as one index alone runs along each.
std::vector<Row> rows_of(const Expr& e);

/// How many of the first `rows` of them name the row of operand `k` in every access to it: the operand's j-th dimension
/// that varies is read at the index of row j exactly.
std::int32_t own_rows(const Expr& e, std::size_t k, std::int32_t rows);

/// How many leading rows have the same extents.
std::int32_t common_extents(std::span<const Row> a, std::span<const Row> b);

/// One of several expressions that are computed in turn.
struct RowStage {
  const Expr* e = nullptr;
  std::vector<char> made;  ///< by operand: another stage makes it
};
/// The largest number of leading rows that all stages have in common, such that each reads what another makes at its
/// own row only; 0 where there is none.
std::int32_t common_rows(std::span<const RowStage> stages);

}  // namespace tenon::expr
