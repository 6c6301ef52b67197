// What operators that read positions from data share.
#pragma once
#include "op/op.h"

namespace tenon {

/// Throws Error where positions are no integers.
void require_ids(std::string_view op, const Type& ids);
/// x's shape with the axis replaced by `by`. Throws Error where the axis is out of range.
Shape replaced_axis(std::string_view op, const Type& x, i64 axis, const Shape& by);

/// Indices of such a shape, taken apart: before the axis, in its place, behind it.
struct AxisParts {
  std::vector<expr::Index> before, ids, behind;
  /// Coordinates of x, with `position` on the axis.
  std::vector<expr::At> with(const expr::At& position) const;
};
AxisParts split_at_axis(const std::vector<expr::Index>& all, i64 axis, i64 ids_rank);

}  // namespace tenon
