#include "op/image/resampling.h"

#include <optional>

#include "op/formula.h"
#include "op/functions.h"

namespace tenon {

namespace {

/// The columns that weigh something somewhere.
Taps without_idle_taps(const Taps& t) {
  const i64 extent = t.ids.dim(0), all = t.ids.dim(1);
  std::vector<i64> used;
  for (i64 k = 0; k < all; ++k)
    for (i64 o = 0; o < extent; ++o)
      if (t.weights.at(o * all + k).as_double() != 0) {
        used.push_back(k);
        break;
      }
  const auto count = static_cast<i64>(used.size());
  Taps result{Array(DType::I64, {extent, count}), Array(DType::F64, {extent, count})};
  for (i64 o = 0; o < extent; ++o)
    for (i64 k = 0; k < count; ++k) {
      const i64 from = o * all + used[static_cast<std::size_t>(k)];
      result.ids.set(o * count + k, t.ids.at(from));
      result.weights.set(o * count + k, t.weights.at(from));
    }
  return result;
}

/// The position of each element, where each is one element of x as it is.
std::optional<std::vector<i64>> single_positions(const Taps& t) {
  if (t.ids.dim(1) != 1) return {};
  std::vector<i64> at;
  for (i64 o = 0; o < t.ids.dim(0); ++o) {
    if (t.weights.at(o).as_double() != 1) return {};
    at.push_back(t.ids.at(o).as_int());
  }
  return at;
}

Built pick(const Built& x, i64 axis, const std::vector<i64>& at) {
  const Dim n = x.shape()[static_cast<std::size_t>(axis)];
  const auto m = static_cast<i64>(at.size());
  if (m > 0 && n > 0 && m % n == 0) {
    bool repeats = true;
    for (i64 o = 0; o < m; ++o) repeats = repeats && at[static_cast<std::size_t>(o)] == o / (m / n);
    if (repeats) return m == n ? x : repeat_interleave(x, m / n, axis);
  }
  const i64 step = m > 1 ? at[1] - at[0] : 1;
  bool even = m > 0 && step > 0;
  for (i64 o = 0; even && o < m; ++o) even = at[static_cast<std::size_t>(o)] == at[0] + o * step;
  if (even) return slice_axis(x, axis, at[0], at[0] + (m - 1) * step + 1, step);
  const Value ids = x.builder->apply1(make_op(Constant{Array::from<i64>(at, {m})}), {});
  return gather(x, {x.builder, ids}, axis);
}

expr::Expr weighted_sum(const Type& x, const Type& ids, const Type& weights, std::size_t axis) {
  std::vector<expr::Index> out = expr::indices(x.shape);
  const expr::Index o("o", ids.shape[0]), k("k", ids.shape[1]);
  std::vector<expr::At> at = expr::ats(out);
  at[axis] = expr::Input(1, ids)(o, k);
  out[axis] = o;
  const expr::Scalar sum = expr::sum({k}, expr::Input(0, x)(at) * expr::Input(2, weights)(o, k));
  return expr::compute({x, ids, weights}, expr::dims(out), sum);
}

}  // namespace

Built resample_axis(const Built& x, i64 axis, const Taps& given) {
  const Taps taps = without_idle_taps(given);
  const i64 a = normal_axis(axis, x.rank());
  if (const auto at = single_positions(taps)) return pick(x, a, *at);
  Builder& b = *x.builder;
  const Array weights = taps.weights.cast(x.dtype());
  const Built ids{&b, b.apply1(make_op(Constant{taps.ids}), {})}, w{&b, b.apply1(make_op(Constant{weights}), {})};
  expr::Expr e = weighted_sum(x.type(), taps.ids.type(), weights.type(), static_cast<std::size_t>(a));
  return detail::apply_to<Built>(Formula{std::move(e), "resample"}, {x, ids, w});
}

}  // namespace tenon
