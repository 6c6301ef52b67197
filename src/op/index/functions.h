// Reading and adding at positions that are data.
#pragma once
#include "op/handle.h"
#include "op/index/gather.h"
#include "op/index/scatter_add.h"
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

}  // namespace tenon
