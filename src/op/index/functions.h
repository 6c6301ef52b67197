// Reading and adding at positions that are data.
#pragma once
#include "op/formula.h"
#include "op/handle.h"
#include "op/index/gather.h"
#include "op/index/gather_nd.h"
#include "op/index/max_unpool.h"
#include "op/index/scatter_add.h"
#include "op/index/scatter_elements.h"
#include "op/index/scatter_nd.h"
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

}  // namespace tenon
