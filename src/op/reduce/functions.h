// Reductions of tensors. Without axes they go over all dimensions.
#pragma once
#include "op/handle.h"
#include "op/reduce/all.h"
#include "op/reduce/any.h"
#include "op/reduce/arg_max.h"
#include "op/reduce/arg_min.h"
#include "op/reduce/max.h"
#include "op/reduce/mean.h"
#include "op/reduce/min.h"
#include "op/reduce/prod.h"
#include "op/reduce/sum.h"

namespace tenon {

template <Handle V>
V sum(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Sum{axes, keep_dims}, {x});
}
template <Handle V>
V mean(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Mean{axes, keep_dims}, {x});
}
template <Handle V>
V prod(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Prod{axes, keep_dims}, {x});
}
template <Handle V>
V max(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Max{axes, keep_dims}, {x});
}
template <Handle V>
V min(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Min{axes, keep_dims}, {x});
}
template <Handle V>
V any(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Any{axes, keep_dims}, {x});
}
template <Handle V>
V all(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(All{axes, keep_dims}, {x});
}
template <Handle V>
V arg_max(const V& x, i64 axis = -1, bool keep_dims = false) {
  return detail::apply_to<V>(ArgMax{axis, keep_dims}, {x});
}
template <Handle V>
V arg_min(const V& x, i64 axis = -1, bool keep_dims = false) {
  return detail::apply_to<V>(ArgMin{axis, keep_dims}, {x});
}

}  // namespace tenon
