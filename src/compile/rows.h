// Functions whose results are computed row by row along an unknown first extent, which can be run a part at a time.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// A function as three, of which only `part` has the unknown extent. Loops over the rows (scans) begin with the states
/// that `first` gives, and hand them from part to part.
///
///   states… = first(fixed…)
///   for each part of the rows:   rows…, states… = part(rows of operands…, fixed…, states…)
///   others… = last(fixed…, states…)
struct RowParts {
  std::string extent;                        ///< its name
  bool reverse = false;                      ///< loops go from the last row to the first
  std::vector<std::size_t> rows, fixed;      ///< parameters that are sliced, and the others
  std::vector<std::size_t> results, others;  ///< results that are put together of rows, and the others
  std::size_t states = 0;
  Function first, part, last;
};

/// Nothing where rows depend on each other in another way, on their number or on where they stand; then `why` says it
/// in a phrase. Sound: where there are parts, they give the function's values.
std::optional<RowParts> by_rows(const Function& f, std::string& why);

}  // namespace tenon
