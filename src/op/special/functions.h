// Operators that no formula says: running sums, recurrences, order, …
#pragma once
#include "op/handle.h"
#include "op/special/cummax.h"
#include "op/special/cummin.h"
#include "op/special/cumprod.h"
#include "op/special/cumsum.h"
#include "op/special/linear_recurrence.h"

namespace tenon {

/// Elements, and where on the axis they stood (i64).
template <Handle V>
struct Placed {
  V values, positions;
};

namespace detail {
template <Handle V, class T>
Placed<V> placed(T op, const V& x) {
  auto out = outputs_of<V>(std::move(op), {x});
  return {out[0], out[1]};
}
}  // namespace detail

/// y[k] = x[0] + … + x[k]; exclusive: without x[k]; reverse: from the end.
template <Handle V>
V cumsum(const V& x, i64 axis = -1, bool exclusive = false, bool reverse = false) {
  return detail::apply_to<V>(Cumsum{axis, exclusive, reverse}, {x});
}
template <Handle V>
V cumprod(const V& x, i64 axis = -1, bool exclusive = false, bool reverse = false) {
  return detail::apply_to<V>(Cumprod{axis, exclusive, reverse}, {x});
}
template <Handle V>
Placed<V> cummax(const V& x, i64 axis = -1, bool reverse = false) {
  return detail::placed(Cummax{axis, reverse}, x);
}
template <Handle V>
Placed<V> cummin(const V& x, i64 axis = -1, bool reverse = false) {
  return detail::placed(Cummin{axis, reverse}, x);
}

/// h[t] = a[t] h[t-1] + b[t] along the axis, from 0 or from `initial` (the shape of a without the axis).
template <Handle V>
V linear_recurrence(const V& a, const V& b, i64 axis = -1, bool reverse = false) {
  return detail::apply_to<V>(LinearRecurrence{axis, reverse}, {a, b});
}
template <Handle V>
V linear_recurrence(const V& a, const V& b, const V& initial, i64 axis = -1, bool reverse = false) {
  return detail::apply_to<V>(LinearRecurrence{axis, reverse}, {a, b, initial});
}

}  // namespace tenon
