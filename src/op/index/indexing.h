// What operators that read positions from data share.
#pragma once
#include "op/handle.h"

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

/// `front`, followed by the extents of `shape` from dimension `first` on.
Shape with_extents_from(Shape front, const Shape& shape, i64 first);

/// f(k, position) for each position of a tensor, row-major.
template <class F>
void for_each_position(const Shape& shape, F&& f) {
  const i64 count = element_count(shape);
  Ints at(shape.size(), 0);
  for (i64 k = 0; k < count; ++k) {
    f(k, at);
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < shape[d]) break;
      at[d] = 0;
    }
  }
}

/// Positions in m dimensions at a time stand in the last dimension of ids: m. Throws Error where there is none.
i64 index_depth(std::string_view op, const Type& ids);
/// Each such position as one, row-major in `extents` (i64); the first batch_dims of the extents are those of ids, and
/// count by where the position stands. -1 where one is out of range.
Built linear_positions(const Built& ids, const Shape& extents, i64 batch_dims);
/// Negative positions counted from the end: ids + extent where ids < 0, in i64. With several extents, one for each
/// position in the last dimension of ids.
expr::Expr from_end(const Type& ids, const Shape& extents);

}  // namespace tenon
