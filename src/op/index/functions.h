// Reading and adding at positions that are data.
#pragma once
#include "op/formula.h"
#include "op/handle.h"
#include "op/index/dense_rows.h"
#include "op/index/gather.h"
#include "op/index/gather_nd.h"
#include "op/index/lookup.h"
#include "op/index/max_unpool.h"
#include "op/index/merge_rows.h"
#include "op/index/scatter_add.h"
#include "op/index/scatter_elements.h"
#include "op/index/scatter_nd.h"
#include "op/index/set_rows.h"
#include "op/index/take_along_axis.h"

namespace tenon {

/// x[..., ids, ...]: the axis is replaced by the dimensions of ids.
template <Handle V>
V gather(const V& x, const V& ids, i64 axis = 0) {
  return detail::apply_to<V>(Gather{axis}, {x, ids});
}
template <Handle V>
V take_along_axis(const V& x, const V& ids, i64 axis = -1) {
  return detail::apply_to<V>(TakeAlongAxis{axis}, {x, ids});
}
/// x with updates added at positions ids of the axis.
template <Handle V>
V scatter_add(const V& x, const V& ids, const V& updates, i64 axis = 0) {
  return detail::apply_to<V>(ScatterAdd{axis}, {x, ids, updates});
}
/// Positions in several dimensions at a time, in the last dimension of ids.
template <Handle V>
V gather_nd(const V& x, const V& ids, i64 batch_dims = 0) {
  return detail::apply_to<V>(GatherNd{batch_dims}, {x, ids});
}
/// reduction: "none", where the last update of a position stays, "add", "mul", "max" or "min".
template <Handle V>
V scatter_elements(const V& x, const V& ids, const V& updates, i64 axis = 0, std::string reduction = "none") {
  return detail::apply_to<V>(ScatterElements{axis, std::move(reduction)}, {x, ids, updates});
}
template <Handle V>
V scatter_nd(const V& x, const V& ids, const V& updates, std::string reduction = "none") {
  return detail::apply_to<V>(ScatterNd{std::move(reduction)}, {x, ids, updates});
}
/// Negative positions counted from the end of the extent, as i64, for the functions above, which refuse them. Several
/// extents: of the dimensions that the last dimension of ids names.
template <Handle V>
V from_end(const V& ids, const Shape& extents) {
  return detail::apply_to<V>(Formula{from_end(ids.type(), extents), "from_end"}, {ids});
}
/// Each element of x at the position that max_pool_with_indices gave it, zeros elsewhere.
template <Handle V>
V max_unpool(const V& x, const V& indices, const Ints& extents) {
  return detail::apply_to<V>(MaxUnpool{extents}, {x, indices});
}

/// Rows of a table by ids; sparse: its gradient names the rows, so that optimizers touch no others (docs/tensors.md).
template <Handle V>
V lookup(const V& table, const V& ids, bool sparse = false, i64 padding = -1) {
  return detail::apply_to<V>(Lookup{sparse, padding}, {table, ids});
}
/// Row i is the sum of the updates whose id is i.
template <Handle V>
V dense_rows(const V& ids, const V& updates, Dim rows) {
  return detail::apply_to<V>(DenseRows{{rows}}, {ids, updates});
}
/// One sum for each of the different ids, ascending; the rest has positions of -1.
template <Handle V>
struct MergedRows {
  V positions, sums;
};
template <Handle V>
MergedRows<V> merge_rows(const V& ids, const V& updates) {
  auto out = detail::outputs_of<V>(MergeRows{}, {ids, updates});
  return {out[0], out[1]};
}
/// x with other rows at some positions of its first dimension, of which -1 is passed over.
template <Handle V>
V set_rows(const V& x, const V& positions, const V& rows) {
  return detail::apply_to<V>(SetRows{}, {x, positions, rows});
}

}  // namespace tenon
