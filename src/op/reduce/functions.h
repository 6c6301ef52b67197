// Reductions of tensors. Without axes they go over all dimensions.
#pragma once
#include <algorithm>
#include <optional>

#include "op/handle.h"
#include "op/math/functions.h"
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
#include "op/shape/functions.h"

namespace tenon {

/// Are the extents of these axes (each from 0 up) known?
inline bool are_known(const Shape& shape, const Ints& axes) {
  return std::ranges::all_of(axes, [&](i64 a) { return shape[static_cast<std::size_t>(a)].is_constant(); });
}

template <Handle V>
V sum(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  return detail::apply_to<V>(Sum{axes, keep_dims}, {x});
}
/// `total` divided by the number of elements of x over the axes (each from 0 up) less `correction`, by 0 where that is
/// negative. Extents may be unknown.
template <Handle V>
V divided_by_count(const V& total, const V& x, const Ints& axes, i64 correction = 0) {
  if (are_known(x.shape(), axes))
    return total / std::max(reduced_count(x.shape(), axes) - static_cast<double>(correction), 0.0);
  std::optional<V> count;
  for (const i64 a : axes) {
    const V extent = cast(reshape(detail::apply_to<V>(ShapeOf{a, {a + 1}}, {x}), Shape{}), total.dtype());
    count = count ? *count * extent : extent;
  }
  return total / (correction == 0 ? *count : maximum(*count - static_cast<double>(correction), 0));
}
template <Handle V>
V mean(const V& x, const Ints& axes = {}, bool keep_dims = false) {
  const Ints over = reduced_axes(Mean::name, axes, x.rank());
  if (are_known(x.shape(), over)) return detail::apply_to<V>(Mean{axes, keep_dims}, {x});
  const V total = sum(cast(x, accumulate_type(x.dtype())), axes, keep_dims);
  return cast(divided_by_count(total, x, over), x.dtype());
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
