// Operators that no formula says: running sums, recurrences, order, …
#pragma once
#include "op/handle.h"
#include "op/index/functions.h"
#include "op/random/functions.h"
#include "op/special/cholesky.h"
#include "op/special/cummax.h"
#include "op/special/cummin.h"
#include "op/special/cumprod.h"
#include "op/special/cumsum.h"
#include "op/special/custom.h"
#include "op/special/dft.h"
#include "op/special/host_callback.h"
#include "op/special/irfft.h"
#include "op/special/k_winners_take_all.h"
#include "op/special/linear_recurrence.h"
#include "op/special/non_max_suppression.h"
#include "op/special/non_zero.h"
#include "op/special/rfft.h"
#include "op/special/sort.h"
#include "op/special/top_k.h"
#include "op/special/triangular_solve.h"
#include "op/special/unique.h"

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

/// By rising value, or falling; equal elements keep their order, NaN is the largest.
template <Handle V>
Placed<V> sort(const V& x, i64 axis = -1, bool descending = false) {
  return detail::placed(Sort{axis, descending}, x);
}
/// The positions that sort the elements.
template <Handle V>
V argsort(const V& x, i64 axis = -1, bool descending = false) {
  return sort(x, axis, descending).positions;
}
/// The k largest or smallest elements, the best first, or else in the order of their positions.
template <Handle V>
Placed<V> top_k(const V& x, i64 k, i64 axis = -1, bool largest = true, bool sorted = true) {
  return detail::placed(TopK{k, axis, largest, sorted}, x);
}
/// The different elements of x (flattened), or its slices along an axis; how many there are depends on the data.
template <Handle V>
struct UniqueElements {
  V values, first, inverse, counts;
};
template <Handle V>
UniqueElements<V> unique(const V& x, const Ints& axis = {}, bool sorted = true) {
  auto out = detail::outputs_of<V>(Unique{axis, sorted}, {x});
  return {out[0], out[1], out[2], out[3]};
}
/// Coordinates of the elements that are not 0: [rank, count], where the count depends on the data.
template <Handle V>
V non_zero(const V& x) {
  return detail::apply_to<V>(NonZero{}, {x});
}
/// Rows of batch, class and box of the boxes that are kept: [count, 3]; see the operator.
template <Handle V>
V non_max_suppression(const V& boxes, const V& scores, i64 most_per_class, double iou_threshold = 0,
                      double score_threshold = -std::numeric_limits<double>::infinity(), bool centered = false) {
  return detail::apply_to<V>(NonMaxSuppression{most_per_class, iou_threshold, score_threshold, centered},
                             {boxes, scores});
}
/// x where it is one of the k largest, else 0.
template <Handle V>
V k_winners_take_all(const V& x, i64 k, i64 axis = -1) {
  return detail::apply_to<V>(KWinnersTakeAll{k, axis}, {x});
}

/// Fourier transform along an axis of real numbers x[…, 1] or complex ones x[…, 2]; y[…, 2].
template <Handle V>
V dft(const V& x, i64 axis = -2, bool inverse = false, bool onesided = false) {
  return detail::apply_to<V>(Dft{axis, inverse, onesided}, {x});
}
/// Of real numbers: the n / 2 + 1 coefficients that determine the others, as y[…, 2].
template <Handle V>
V rfft(const V& x, i64 axis = -1) {
  return detail::apply_to<V>(Rfft{axis}, {x});
}
/// The n real numbers whose coefficients x[…, 2] are; n is by default even.
template <Handle V>
V irfft(const V& x, i64 axis = -2, i64 n = 0) {
  return detail::apply_to<V>(Irfft{axis, n}, {x});
}

/// L with L L^T = a + jitter I (lower), or U with U^T U.
template <Handle V>
V cholesky(const V& a, bool lower = true, double jitter = 0) {
  return detail::apply_to<V>(Cholesky{lower, jitter}, {a});
}
/// X with op(a) X = b, or X op(a) = b; see TriangularSolve.
template <Handle V>
V triangular_solve(const V& a, const V& b, TriangularSolve how = {}) {
  return detail::apply_to<V>(how, {a, b});
}

/// The numbers from 0 to n - 1 in random order.
template <Handle V>
V random_permutation(const V& key, Dim n) {
  return argsort(random_bits(key, {n}));
}
/// The slices along the axis in random order.
template <Handle V>
V shuffle(const V& x, const V& key, i64 axis = 0) {
  return gather(
      x, random_permutation(key, x.type().shape[static_cast<std::size_t>(normal_axis(axis, x.type().rank()))]), axis);
}

/// All results of a registered function; see op/special/host_function.h.
template <Handle V>
std::vector<V> host_callback(const std::string& function, std::initializer_list<V> operands) {
  return detail::outputs_of(HostCallback{function}, operands);
}
template <Handle V>
std::vector<V> custom(const std::string& function, std::initializer_list<V> operands) {
  return detail::outputs_of(Custom{function}, operands);
}

}  // namespace tenon
