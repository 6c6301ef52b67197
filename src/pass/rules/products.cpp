// What feeds contractions and windows: transposes, padding, bias.
#include <cmath>

#include "pass/rules/themes.h"

namespace tenon {

namespace {

bool swaps_matrix(const Transpose& t, const Value& x) { return x.rank() == 2 && t.full_permutation(2) == Ints{1, 0}; }

void add_matrices(Theme& rules) {
  Var x, y, bias, c;
  OpVar<Matmul> matmul_;
  OpVar<Linear> linear_;
  OpVar<Transpose> t, u;
  OpVar<Add> add;
  OpVar<Mul> mul;
  rules.exact(
      "matmul(transpose(x), transpose(y)) = transpose(matmul(y, x))", matmul_(t(x), u(y)),
      [=](M m) { return swaps_matrix(m[t], m[x]) && swaps_matrix(m[u], m[y]); },
      [=](M m, B&) { return detail::apply_to<Value>(Transpose{{1, 0}}, {matmul(m[y], m[x])}); });
  rules.exact(
      "matmul(x, transpose(y)) = linear(x, y) on floats", matmul_(x, t(y)),
      [=](M m) { return is_float(m[x]) && swaps_matrix(m[t], m[y]); },
      [=](M m, B&) { return detail::apply_to<Value>(Linear{}, {m[x], m[y]}); });
  rules.exact(
      "linear(x, transpose(y)) = matmul(x, y)", linear_(x, t(y)), [=](M m) { return swaps_matrix(m[t], m[y]); },
      [=](M m, B&) { return matmul(m[x], m[y]); });
  rules.exact(
      "linear(x, y) + bias = linear(x, y, bias) on f32 and f64", add(linear_(x, y), bias),
      [=](M m) {
        return bits_of(m[x].dtype()) >= 32 && m[bias].shape() == Shape{m[y].shape()[0]} &&
               m.value(linear_).shape() == m.root().shape();
      },
      [=](M m, B&) { return detail::apply_to<Value>(Linear{}, {m[x], m[y], m[bias]}); });
  rules.reassociating("linear(x, y, 0) = linear(x, y)", linear_(x, y, 0),
                      [=](M m, B&) { return detail::apply_to<Value>(Linear{}, {m[x], m[y]}); });
  rules.reassociating(
      "matmul(x * c, y) = matmul(x, y) * c where that is smaller, on f32 and f64",
      matmul_(mul(x, Pattern::uniform(c)), y),
      [=](M m) {
        const bool known = is_concrete(m[x].shape()) && is_concrete(m.root().shape());
        return known && is_float(m[x]) && bits_of(m[x].dtype()) >= 32 && m[x].shape() == m.value(mul).shape() &&
               element_count(m.root().shape()) < element_count(m[x].shape());
      },
      [=](M m, B&) { return matmul(m[x], m[y]) * constant_of(number_of(m[c]), m[x].dtype()); });
}

/// Pads of spatial dimensions only, which do not crop; the spatial dimensions begin at `first`.
bool is_spatial(const Pad& p, std::size_t first, std::size_t count) {
  if (p.mode != "constant") return false;
  for (std::size_t d = 0; d < p.low.size(); ++d) {
    const bool spatial = d >= first && d < first + count;
    if (p.low[d] < 0 || p.high[d] < 0 || (!spatial && (p.low[d] != 0 || p.high[d] != 0))) return false;
  }
  return true;
}

/// The operator with the pads added to its own.
template <class Windowed>
Windowed with_pads(Windowed op, const Pad& p, std::size_t first, std::size_t count) {
  if (op.pads_begin.empty()) op.pads_begin = Ints(count, 0);
  if (op.pads_end.empty()) op.pads_end = Ints(count, 0);
  for (std::size_t d = 0; d < count; ++d) op.pads_begin[d] += p.low[first + d], op.pads_end[d] += p.high[first + d];
  return op;
}

bool not_negative(const Ints& v) {
  return std::ranges::all_of(v, [](i64 n) { return n >= 0; });
}

void add_padded_convolutions(Theme& rules) {
  Var x, w, bias;
  OpVar<Conv> conv_;
  OpVar<Pad> pad_;
  const auto first = [=](M m) { return conv_axes("conv", m[conv_].layout, m[x].shape().size()).spatial; };
  const auto fits = [=](M m) {
    const Conv& c = m[conv_];
    return Number(m[pad_].value) == Number(0.0) && not_negative(c.pads_begin) && not_negative(c.pads_end) &&
           is_spatial(m[pad_], first(m), m[x].shape().size() - 2);
  };
  const auto merged = [=](M m) { return with_pads(m[conv_], m[pad_], first(m), m[x].shape().size() - 2); };
  rules.exact("conv(pad(x), w) = conv(x, w) with pads", conv_(pad_(x), w), fits,
              [=](M m, B&) { return detail::apply_to<Value>(merged(m), {m[x], m[w]}); });
  rules.exact("conv(pad(x), w, bias) = conv(x, w, bias) with pads", conv_(pad_(x), w, bias), fits,
              [=](M m, B&) { return detail::apply_to<Value>(merged(m), {m[x], m[w], m[bias]}); });
}

/// Pooling takes pads that are shorter than a window.
template <class Pool>
void add_padded_pooling(Theme& rules, std::string name, double fill, bool (*counts)(const Pool&)) {
  Var x;
  OpVar<Pool> pool;
  OpVar<Pad> pad_;
  const auto spatial = [=](M m) { return m[pool].size.size(); };
  const auto first = [=](M m) {
    return m[pool].layout == "nhwc" ? m[x].shape().size() - 1 - spatial(m) : m[x].shape().size() - spatial(m);
  };
  const auto merged = [=](M m) { return with_pads(m[pool], m[pad_], first(m), spatial(m)); };
  rules.exact(
      std::move(name), pool(pad_(x)),
      [=](M m) {
        const bool plain =
            is_float(m[x]) && !m[pool].ceil_mode && counts(m[pool]) && Number(m[pad_].value) == Number(fill);
        if (!plain || !is_concrete(m[x].shape()) || !is_spatial(m[pad_], first(m), spatial(m))) return false;
        const Pool both = merged(m);
        for (std::size_t d = 0; d < spatial(m); ++d) {
          const i64 span = (both.dilation.empty() ? 1 : both.dilation[d]) * (both.size[d] - 1) + 1;
          if (both.pads_begin[d] >= span || both.pads_end[d] >= span) return false;
        }
        return true;
      },
      [=](M m, B&) { return detail::apply_to<Value>(merged(m), {m[x]}); });
}

}  // namespace

std::vector<AlgebraRule> product_rules() {
  Theme rules("products and windows");
  add_matrices(rules);
  add_padded_convolutions(rules);
  add_padded_pooling<MaxPool>(rules, "max_pool(pad(x, -inf)) = max_pool(x) with pads", -INFINITY,
                              [](const MaxPool&) { return true; });
  add_padded_pooling<AveragePool>(rules, "average_pool(pad(x, 0)) = average_pool(x) with pads that count", 0,
                                  [](const AveragePool& p) { return p.count_include_pad; });
  return rules.take();
}

}  // namespace tenon
