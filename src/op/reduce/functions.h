// Reductions of tensors. Without axes they go over all dimensions.
#pragma once
#include "op/handle.h"
#include "op/reduce/all.h"
#include "op/reduce/any.h"
#include "op/reduce/arg_max.h"
#include "op/reduce/arg_min.h"
#include "op/reduce/log_sum.h"
#include "op/reduce/log_sum_exp.h"
#include "op/reduce/max.h"
#include "op/reduce/mean.h"
#include "op/reduce/min.h"
#include "op/reduce/norm_l1.h"
#include "op/reduce/norm_l2.h"
#include "op/reduce/prod.h"
#include "op/reduce/standard_deviation.h"
#include "op/reduce/sum.h"
#include "op/reduce/sum_square.h"
#include "op/reduce/variance.h"

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
V sum_square(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(SumSquare{axes, keep_dims}, {x});
}
template <Handle V>
V norm_l1(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(NormL1{axes, keep_dims}, {x});
}
template <Handle V>
V norm_l2(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(NormL2{axes, keep_dims}, {x});
}
template <Handle V>
V log_sum(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(LogSum{axes, keep_dims}, {x});
}
template <Handle V>
V log_sum_exp(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(LogSumExp{axes, keep_dims}, {x});
}
template <Handle V>
V variance(const V& x, const Ints& axes = {}, bool keep_dims = false, i64 correction = 0) {
  return detail::apply_to<V>(Variance{axes, keep_dims, correction}, {x});
}
template <Handle V>
V standard_deviation(const V& x, const Ints& axes = {}, bool keep_dims = false, i64 correction = 0) {
  return detail::apply_to<V>(StandardDeviation{axes, keep_dims, correction}, {x});
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
