// Sums, means and extremes over axes.
#include "op/reduce/reduction.h"
#include "pass/rules/themes.h"

namespace tenon {

namespace {

template <class R>
Ints axes_of(M m, OpVar<R> r, const Value& operand) {
  return reduced_axes(R::name, m[r].axes, operand.rank());
}

/// The axes of x that both reductions, one after the other, reduce.
template <class R>
Ints both_axes(M m, OpVar<R> outer, OpVar<R> inner, const Value& x) {
  const Ints first = axes_of(m, inner, x), second = axes_of(m, outer, m.value(inner));
  Ints left, all = first;
  for (i64 d = 0; d < x.rank(); ++d)
    if (m[inner].keep_dims || std::ranges::find(first, d) == first.end()) left.push_back(d);
  for (i64 d : second)
    if (std::ranges::find(first, left[at(d)]) == first.end()) all.push_back(left[at(d)]);
  std::ranges::sort(all);
  return all;
}

/// reduce(reduce(x)) = reduce(x) over the axes of both.
template <class R>
void add_nested(Theme& rules, bool exact) {
  Var x;
  OpVar<R> outer, inner;
  const std::string name = fmt::format("{0}({0}(x)) = {0}(x) over both", R::name);
  const Rule::Condition when = [=](M m) {
    return m[x].dtype() == m.root().dtype() && m[x].rank() > 0 && is_concrete(m[x].shape()) &&
           element_count(m[x].shape()) > 0;
  };
  const Rule::Replacement by = [=](M m, B&) {
    const Ints axes = both_axes(m, outer, inner, m[x]);
    if (axes.empty()) return detail::apply_to<Value>(Reshape{m.root().shape()}, {m[x]});
    return detail::apply_to<Value>(Reshape{m.root().shape()},
                                   {detail::apply_to<Value>(R{.axes = axes, .keep_dims = false}, {m[x]})});
  };
  if (exact)
    rules.exact(name, outer(inner(x)), when, by);
  else
    rules.reassociating(name, outer(inner(x)), when, by);
}

/// Nothing is reduced: every axis has one element.
template <class R>
void add_of_one(Theme& rules, bool exact) {
  Var x;
  OpVar<R> r;
  const std::string name = fmt::format("{}(x) over extents of 1 = reshape(x)", R::name);
  const Rule::Condition when = [=](M m) {
    const Ints axes = axes_of(m, r, m[x]);
    return m[x].dtype() == m.root().dtype() &&
           std::ranges::all_of(axes, [&](i64 a) { return m[x].shape()[at(a)] == 1; });
  };
  const Rule::Replacement by = [=](M m, B&) { return detail::apply_to<Value>(Reshape{m.root().shape()}, {m[x]}); };
  if (exact)
    rules.exact(name, r(x), when, by);
  else
    rules.reassociating(name, r(x), when, by);
}

/// The order of elements does not matter where all are reduced.
template <class R, class Moved>
void add_reordered(Theme& rules) {
  Var x;
  OpVar<R> r;
  OpVar<Moved> moved;
  rules.reassociating(
      fmt::format("{0}({1}(x)) over everything = {0}(x)", R::name, Moved::name), r(moved(x)),
      [=](M m) { return axes_of(m, r, m.value(moved)).size() == m.value(moved).shape().size(); },
      [=](M m, B&) {
        return detail::apply_to<Value>(Reshape{m.root().shape()}, {detail::apply_to<Value>(R{}, {m[x]})});
      });
}

template <class R>
void add_linear(Theme& rules) {
  Var x, c;
  OpVar<R> r;
  OpVar<Mul> mul;
  OpVar<Neg> minus;
  const auto floats = [=](M m) { return is_float(m[x]); };
  const auto reduced = [=](M m) { return reapplied(m.root(), {m[x]}); };
  rules.reassociating(fmt::format("{0}(-x) = -{0}(x)", R::name), r(minus(x)), [=](M m, B&) { return -reduced(m); });
  rules.reassociating(
      fmt::format("{0}(x * c) = {0}(x) * c on f32 and f64", R::name), r(mul(x, Pattern::uniform(c))),
      [=](M m) { return floats(m) && bits_of(m[x].dtype()) >= 32 && m[x].shape() == m.value(mul).shape(); },
      [=](M m, B&) { return reduced(m) * constant_of(number_of(m[c]), m[x].dtype()); });
}

/// The dimensions of the broadcast that it repeats, and how often together.
struct Repeated {
  Ints axes;
  double times = 1;
};
Repeated repeated_by(const Value& broadcast, const Value& x) {
  Repeated r;
  const i64 missing = broadcast.rank() - x.rank();
  for (i64 d = 0; d < broadcast.rank(); ++d) {
    const Dim n = broadcast.shape()[at(d)];
    if (d >= missing && x.shape()[at(d - missing)] == n) continue;
    r.axes.push_back(d);
    r.times *= static_cast<double>(n);
  }
  return r;
}

void add_broadcasts(Theme& rules) {
  Var x;
  OpVar<Sum> sum_;
  OpVar<Mean> mean_;
  OpVar<Broadcast> b;
  const auto over_repeated = [=](M m, const Ints& axes) {
    if (!is_concrete(m.value(b).shape()) || element_count(m.value(b).shape()) == 0) return false;
    return axes == repeated_by(m.value(b), m[x]).axes && !axes.empty();
  };
  const auto plain = [=](M m) { return detail::apply_to<Value>(Reshape{m.root().shape()}, {m[x]}); };
  rules.reassociating(
      "sum(broadcast(x)) over what is repeated = x * times", sum_(b(x)),
      [=](M m) {
        return over_repeated(m, axes_of(m, sum_, m.value(b))) && bits_of(m[x].dtype()) >= 32 &&
               m[x].dtype() != DType::Bool;
      },
      [=](M m, B&) { return plain(m) * constant_of(Number(repeated_by(m.value(b), m[x]).times), m[x].dtype()); });
  rules.reassociating(
      "mean(broadcast(x)) over what is repeated = x", mean_(b(x)),
      [=](M m) { return over_repeated(m, axes_of(m, mean_, m.value(b))); }, [=](M m, B&) { return plain(m); });
}

void add_means(Theme& rules) {
  Var x, n;
  OpVar<Sum> sum_;
  OpVar<Div> div;
  rules.reassociating(
      "sum(x) / count = mean(x)", div(sum_(x), Pattern::uniform(n)),
      [=](M m) {
        if (!is_float(m[x]) || !is_concrete(m[x].shape()) || m.value(sum_).type() != m.root().type()) return false;
        return reduced_count(m[x].shape(), axes_of(m, sum_, m[x])) == double_of(m[n]) && bits_of(m[x].dtype()) >= 32;
      },
      [=](M m, B&) {
        return detail::apply_to<Value>(Mean{.axes = m[sum_].axes, .keep_dims = m[sum_].keep_dims}, {m[x]});
      });
}

}  // namespace

std::vector<AlgebraRule> reduction_rules() {
  Theme rules("reductions");
  add_of_one<Max>(rules, true);
  add_of_one<Min>(rules, true);
  add_of_one<Sum>(rules, false);
  add_of_one<Mean>(rules, false);
  add_of_one<Prod>(rules, false);
  add_nested<Sum>(rules, false);
  add_nested<Mean>(rules, false);
  add_nested<Prod>(rules, false);
  add_nested<Max>(rules, false);
  add_nested<Min>(rules, false);
  add_reordered<Sum, Transpose>(rules);
  add_reordered<Sum, Reshape>(rules);
  add_reordered<Sum, Flip>(rules);
  add_reordered<Mean, Transpose>(rules);
  add_reordered<Mean, Reshape>(rules);
  add_reordered<Max, Transpose>(rules);
  add_reordered<Max, Reshape>(rules);
  add_reordered<Min, Transpose>(rules);
  add_reordered<Min, Reshape>(rules);
  add_linear<Sum>(rules);
  add_linear<Mean>(rules);
  add_broadcasts(rules);
  add_means(rules);
  return rules.take();
}

}  // namespace tenon
