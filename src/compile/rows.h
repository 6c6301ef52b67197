// Functions whose results are computed row by row along an unknown first extent, which can be run a part at a time.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// One walk over the rows, in parts. Loops over rows (scans) begin with the states that `first` gives, and hand them
/// from part to part; the ends of loops are their last states. `rows` are those of operands and what earlier phases
/// kept.
///
///   states… = first(fixed…, ends of earlier phases…)
///   for each part:   kept rows…, rows of results…, states… = part(rows…, fixed…, ends of earlier phases…, states…)
struct RowPhase {
  bool reverse = false;    ///< from the last row to the first
  std::vector<Type> kept;  ///< with the unknown extent
  std::size_t states = 0;
  std::vector<std::size_t> results;  ///< those of the function that are put together of rows here
  Function first, part;
};

/// A function as phases, of which only the parts have the unknown extent, and what is computed at last:
///
///   others… = last(fixed…, ends…)
struct RowParts {
  std::string extent;                    ///< its name
  std::vector<std::size_t> rows, fixed;  ///< parameters that are sliced, and the others
  std::vector<RowPhase> phases;
  std::vector<std::size_t> others;  ///< results that have no rows
  Function last;
};

/// Nothing where rows depend on each other in another way, on their number or on where they stand; then `why` says it
/// in a phrase. Sound: where there are parts, they give the function's values.
std::optional<RowParts> by_rows(const Function& f, std::string& why);

}  // namespace tenon
