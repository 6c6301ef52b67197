// What the tests of expressions share.
#pragma once
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "expr/analyse.h"
#include "expr/build.h"
#include "expr/evaluate.h"
#include "expr/gradient.h"
#include "expr/sums.h"

namespace tenon::expr::testing {

/// Uniform in [low, high); integers in {low, …, high - 1}.
inline Array random_array(Rng& rng, Type type, double low = -1, double high = 1) {
  Array a(std::move(type));
  for (i64 i = 0; i < a.count(); ++i) {
    double v = low + (high - low) * rng.uniform();
    a.set(i, is_float(a.dtype()) ? Number(v) : Number::of_int(static_cast<i64>(std::floor(v))));
  }
  return a;
}

/// Largest difference of two elements that are not equal; infinite where types or NaNs differ.
inline double distance(const Array& a, const Array& b) {
  if (a.type() != b.type()) return kInfinity;
  double most = 0;
  for (i64 i = 0; i < a.count(); ++i) {
    double x = a.at(i).as_double(), y = b.at(i).as_double();
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    most = std::isfinite(x - y) ? std::max(most, std::fabs(x - y)) : kInfinity;
  }
  return most;
}

/// Sum of the gradient's terms, given d(loss)/d(out).
inline Array gradient_value(const Expr& e, std::int32_t operand, std::vector<Array> inputs, const Array& seed) {
  Array total = Array::full(e.in[static_cast<std::size_t>(operand)], Number(0.0));
  auto n = static_cast<std::int32_t>(e.in.size());
  auto terms = gradient(e, operand);
  bool extreme = e.reducer == Reducer::Max || e.reducer == Reducer::Min;
  Array reduced = evaluate(reduced_only(e), inputs);
  bool product = e.reducer == Reducer::Prod;
  Array position = extreme   ? evaluate(arg_of(e), inputs)
                   : product ? evaluate(zeros_of(e), inputs)
                             : Array::full({DType::I64, e.type().shape}, Number::of_int(0));
  const std::optional<Array> others = product ? std::optional(evaluate(product_of_others(e), inputs)) : std::nullopt;
  inputs.push_back(seed);
  inputs.push_back(reduced);
  inputs.push_back(position);
  if (others) inputs.push_back(*others);
  for (const GradientTerm& t : terms) {
    expect(t.e.type() == total.type(), "a term has its operand's type");
    expect(extreme || product || !t.reads_operand(n + 2), "only extremes have a position");
    Array part = evaluate(t.e, inputs);
    for (i64 i = 0; i < total.count(); ++i) total.set(i, total.at(i).as_double() + part.at(i).as_double());
  }
  return total;
}

/// The same by central differences with step h, for f64.
inline Array differences(const Expr& e, std::int32_t operand, std::vector<Array> inputs, const Array& seed,
                         double h = 1e-6) {
  Array& x = inputs[static_cast<std::size_t>(operand)];
  Array slope(x.type());
  for (i64 i = 0; i < x.count(); ++i) {
    Number was = x.at(i);
    x.set(i, was.as_double() + h);
    Array up = evaluate(e, inputs);
    x.set(i, was.as_double() - h);
    Array down = evaluate(e, inputs);
    x.set(i, was);
    double s = 0;
    for (i64 k = 0; k < up.count(); ++k)
      if (std::isfinite(up.at(k).as_double()))
        s += seed.at(k).as_double() * (up.at(k).as_double() - down.at(k).as_double()) / (2 * h);
    slope.set(i, s);
  }
  return slope;
}

inline double gradient_error(const Expr& e, std::int32_t operand, const std::vector<Array>& inputs, const Array& seed) {
  return distance(gradient_value(e, operand, inputs, seed), differences(e, operand, inputs, seed));
}

/// The cost counted by walking through the points one by one, conditions on data aside.
class Enumeration {
 public:
  explicit Enumeration(const Expr& e) : e_(hoisted(e)), at_(e_.domain.extent.size(), 0), seen_(e_.in.size()) {
    for (std::size_t k = 0; k < e_.in.size(); ++k)
      seen_[k].resize(static_cast<std::size_t>(element_count(e_.in[k].shape)));
  }

  Cost run() {
    const Node& body = e_.node(e_.body);
    const bool masked = body.kind == Kind::Guard && is_neutral(body.args[1]), idle = is_neutral(e_.body);
    bool empty = false;
    for (i64 extent : e_.domain.extent) empty |= extent == 0;
    if (!empty) do {
        visited_.assign(e_.nodes.size(), 0);
        bool counts = !idle && (!masked || std::all_of(body.cond.begin(), body.cond.end(),
                                                       [&](const Cond& c) { return holds(c); }));
        cost_.points += counts;
        if (e_.reducer != Reducer::None) cost_.flops += counts;
        walk(e_.body);
      } while (step(0, e_.domain.indices()));
    if (element_count(e_.type().shape) > 0) do {
        visited_.assign(e_.nodes.size(), 0);
        walk(e_.post);
      } while (step(0, e_.domain.parallel));
    cost_.bytes = static_cast<double>(bytes_of(e_.type().dtype, element_count(e_.type().shape)));
    for (std::size_t k = 0; k < seen_.size(); ++k)
      cost_.bytes += static_cast<double>(std::count(seen_[k].begin(), seen_[k].end(), 1)) * bits_of(e_.in[k].dtype) / 8;
    return cost_;
  }

 private:
  static Expr hoisted(const Expr& e) {
    Open o = open(e);
    o.body = hoist_guards(o.p(), o.body);
    return close(std::move(o));
  }
  bool step(IndexId first, IndexId last) {
    for (auto i = static_cast<std::size_t>(last); i-- > static_cast<std::size_t>(first);) {
      if (++at_[i] < e_.domain.extent[i]) return true;
      at_[i] = 0;
    }
    return false;
  }
  bool value_of(const Affine& a, i64& x) const {
    x = a.offset;
    for (const Term& t : a.terms) x += t.coef.value() * at_[static_cast<std::size_t>(t.index)];
    bool whole = x % a.den == 0;
    x /= a.den;
    return whole;
  }
  bool holds(const Cond& c) const {
    i64 x;
    return value_of(c.e.at, x) && x >= c.lo && x < c.hi;
  }
  /// A number that leaves the reduced value as it is.
  bool is_neutral(NodeId id) const {
    if (is_zero(id) && (e_.reducer == Reducer::None || e_.reducer == Reducer::Sum)) return true;
    const Node& n = e_.node(id);
    return n.kind == Kind::Const && (e_.reducer == Reducer::None || n.value == identity_of(e_.reducer, e_.accumulate));
  }
  /// Also 0 * x, as (c ? a : 0) * x is where c fails.
  bool is_zero(NodeId id) const {
    const Node& n = e_.node(id);
    if (n.kind == Kind::Const) return n.value.as_double() == 0;
    if (n.kind == Kind::Cast) return is_zero(n.args[0]);
    if (n.kind == Kind::Guard) return is_zero(n.args[0]) && is_zero(n.args[1]);
    if (n.kind != Kind::Apply || (n.fn != Fn::Mul && n.fn != Fn::Div && n.fn != Fn::Neg)) return false;
    return is_zero(n.args[0]) || (n.fn == Fn::Mul && is_zero(n.args[1]));
  }
  void walk(NodeId id) {
    if (std::exchange(visited_[static_cast<std::size_t>(id)], 1) || is_zero(id)) return;
    const Node& n = e_.node(id);
    cost_.flops += n.kind == Kind::Apply;
    if (n.kind == Kind::Load) {
      i64 position = 0;
      const Shape& shape = e_.in[static_cast<std::size_t>(n.operand)].shape;
      for (std::size_t d = 0; d < n.at.size(); ++d) {
        i64 x;
        expect(value_of(n.at[d].at, x), "an access beside the lattice");
        position = position * shape[d] + x;
      }
      seen_[static_cast<std::size_t>(n.operand)][static_cast<std::size_t>(position)] = 1;
    }
    if (n.kind == Kind::Guard)
      return walk(n.args[std::all_of(n.cond.begin(), n.cond.end(), [&](const Cond& c) { return holds(c); }) ? 0 : 1]);
    for (NodeId a : n.args) walk(a);
  }

  Expr e_;
  std::vector<i64> at_;
  std::vector<std::vector<char>> seen_;
  std::vector<char> visited_;
  Cost cost_;
};

/// What a kernel does with a contraction: pack both sides densely, multiply, apply the epilogue.
inline Array packed_product(const Contraction& c, const std::vector<Array>& inputs) {
  Pool& pool = c.open.p();
  auto copy = [&](NodeId side, const std::vector<IndexId>& rows, const std::vector<IndexId>& summed) {
    Open o{.pool = c.open.pool, .red = summed, .in = c.open.in, .body = side, .reducer = Reducer::Sum};
    for (const auto* group : {&c.batch, &rows, &c.k})
      for (IndexId i : *group) o.out.push_back({i});
    o.accumulate = pool[side].dtype;
    o.post = pool.acc(o.accumulate);
    return evaluate(close(std::move(o)), inputs);
  };
  Array a = copy(c.a, c.m, c.pre_a), b = copy(c.b, c.n, c.pre_b);
  auto volume = [&](const std::vector<IndexId>& v) {
    i64 n = 1;
    for (IndexId i : v) n *= pool.extent(i);
    return n;
  };
  i64 batch = volume(c.batch), rows = volume(c.m), columns = volume(c.n), depth = volume(c.k);
  Type type{c.open.accumulate, {}};
  SmallVector<Coord, 3> at;
  for (const auto* group : {&c.batch, &c.m, &c.n})
    for (IndexId i : *group) {
      type.shape.push_back(pool.extent(i));
      at.push_back({Affine::of(i)});
    }
  Array product(type);
  for (i64 z = 0; z < batch; ++z)
    for (i64 i = 0; i < rows; ++i)
      for (i64 j = 0; j < columns; ++j) {
        double sum = 0;
        for (i64 k = 0; k < depth; ++k)
          sum += a.at((z * rows + i) * depth + k).as_double() * b.at((z * columns + j) * depth + k).as_double();
        product.set((z * rows + i) * columns + j, sum * static_cast<double>(c.times));
      }
  Open o{.pool = c.open.pool, .out = c.open.out, .in = c.open.in, .post = c.post};
  o.in.push_back(type);
  o.body = pool.load(static_cast<std::int32_t>(inputs.size()), type.dtype, at);
  auto with_product = inputs;
  with_product.push_back(product);
  return evaluate(close(std::move(o)), with_product);
}

}  // namespace tenon::expr::testing
