// Random expressions for tests, and smaller ones that fail like one that was found.
#pragma once
#include <cstdlib>
#include <functional>
#include <optional>

#include "expr/testing.h"
#include "expr/text.h"

namespace tenon::expr::testing {

/// How many times as long as usual tests of random expressions run: TENON_FUZZ, or 1.
inline int fuzz_factor() {
  const char* given = std::getenv("TENON_FUZZ");
  return given ? std::max(1, std::atoi(given)) : 1;
}

/// Draws expressions of operands 0 and 1 (f64) and 2 (positions, i64). The same seed draws the same one with unknown
/// extents, whose values are then in `values`.
class Generator {
 public:
  explicit Generator(std::uint64_t seed, bool symbolic = false) : rng_(seed), symbolic_(symbolic) {}
  DimValues values;

  i64 pick(i64 low, i64 high) { return low + static_cast<i64>(rng_.below(static_cast<std::uint64_t>(high - low + 1))); }
  bool chance(i64 in) { return pick(1, in) == 1; }
  Array array(const Type& t) { return random_array(rng_, t, -1, t.dtype == DType::I64 ? 4 : 1); }
  std::vector<Array> arrays(const Expr& e) {
    std::vector<Array> all;
    for (const Type& t : e.in) all.push_back(array(t));
    return all;
  }

  /// Two operands under one reduction (or none), with an epilogue.
  Expr expression() {
    auto parallel = box("i", 1, 3), reduced = box("r", 0, 2), all = parallel;
    all.insert(all.end(), reduced.begin(), reduced.end());
    const Index& along = all[static_cast<std::size_t>(pick(0, static_cast<i64>(all.size()) - 1))];
    std::vector<Type> in{type(), type(), {DType::I64, {along.extent()}}};
    Scalar position = Input(2, in[2])(along);
    Scalar a = Input(0, in[0]).outside(fill())(access(in[0], all, &position));
    Scalar b = Input(1, in[1]).outside(fill())(access(in[1], all, nullptr));
    i64 form = pick(0, 3);
    Scalar s = form == 0 ? tanh(a) * b : form == 1 ? abs(a - b * 1.01 + 0.003) : a * b;
    if (chance(6)) s = where(Affine(all[0]) <= Affine(all.back()) + pick(-1, 1), s, a);
    if (!reduced.empty()) s = form == 3 && chance(2) ? max(reduced, s) : sum(reduced, s);
    if (chance(3)) s = s * 0.5 + 1;
    if (chance(4)) s = tanh(s);
    return compute(in, joined(parallel), s);
  }

  /// An operand of this shape as a view of something else.
  Expr view(const Shape& shape) {
    auto indices = expr::indices(shape, "v");
    Type from = type();
    Scalar s = Input(0, from).outside(fill())(access(from, indices, nullptr));
    return compute({from}, dims(indices), chance(2) ? exp(s) : s);
  }

  /// f(x(…)) * y(…) + x(…) over an operand of this shape, perhaps permuted.
  Expr element_wise(const Shape& shape) {
    auto indices = expr::indices(shape);
    auto order = indices;
    rng_.shuffle(std::span(order));
    std::vector<Type> in{{DType::F64, shape}, type()};
    Scalar x = Input(0, in[0])(ats(indices));
    Scalar y = Input(1, in[1]).outside(fill())(access(in[1], indices, nullptr));
    return compute(in, dims(order), tanh(x) * y + x);
  }

 private:
  Dim extent(i64 most) {
    i64 value = pick(1, most);
    if (!symbolic_) return value;
    std::string name = "n" + std::to_string(values.size());
    values.push_back({name, value});
    return Dim::symbol(name);
  }

  std::vector<Index> box(const std::string& prefix, i64 fewest, i64 most) {
    std::vector<Index> v;
    for (i64 n = pick(fewest, most); n > 0; --n) v.emplace_back(prefix + std::to_string(n), extent(4));
    return v;
  }

  Type type() {
    Type t{DType::F64, {}};
    for (i64 d = pick(1, 3); d > 0; --d) t.shape.push_back(extent(5));
    return t;
  }

  Affine form(const std::vector<Index>& indices) {
    if (chance(4)) return indices[static_cast<std::size_t>(pick(0, static_cast<i64>(indices.size()) - 1))];
    Affine a(pick(-2, 2));
    for (const Index& i : indices)
      if (chance(3)) a = a + i * pick(-2, 3);
    return chance(5) ? exact_div(a, pick(2, 3)) : a;
  }

  std::vector<At> access(const Type& t, const std::vector<Index>& indices, const Scalar* position) {
    std::vector<At> at;
    for (std::size_t d = 0; d < t.shape.size(); ++d) {
      if (position && chance(8))
        at.emplace_back(*position);
      else
        at.emplace_back(form(indices));
    }
    return at;
  }

  double fill() { return chance(2) ? 0.0 : 0.37; }

  std::vector<OutDim> joined(const std::vector<Index>& parallel) {
    std::vector<OutDim> out;
    for (std::size_t k = 0; k < parallel.size(); ++k) {
      if (k + 1 < parallel.size() && chance(4)) {
        out.push_back(join(parallel[k], parallel[k + 1]));
        ++k;
      } else {
        out.push_back(parallel[k]);
      }
    }
    return out;
  }

  Rng rng_;
  bool symbolic_;
};

/// What is wrong with an expression; "" where nothing is.
using Property = std::function<std::string(const Expr&)>;

/// Looks for smaller expressions that have the property's fault too: without an index, with smaller extents and simpler
/// forms, with a node's argument in its place, with fewer conditions, without epilogue.
class Shrinker {
 public:
  explicit Shrinker(const Property& property) : property_(property) {}

  Expr run(Expr e) {
    for (int rounds = 0; rounds < 200; ++rounds) {
      auto smaller = step(e);
      if (!smaller) break;
      e = std::move(*smaller);
    }
    return e;
  }

 private:
  using Change = std::function<void(Open&)>;

  std::optional<Expr> step(const Expr& e) {
    for (const Change& change : changes(e)) {
      try {
        Open o = open(e);
        change(o);
        check_bounds(o.p(), o.body, o.in, 1 << 12);
        check_bounds(o.p(), o.post, o.in, 1 << 12);
        Expr smaller = close(std::move(o));
        if (weight(smaller) < weight(e) && !property_(smaller).empty()) return smaller;
      } catch (const Error&) {  // no expression
      }
    }
    return {};
  }

  /// Every change makes this smaller, so that the search ends.
  static double weight(const Expr& e) {
    double w = 0;
    auto form = [&](const Affine& a) {
      w += std::abs(static_cast<double>(a.offset)) + static_cast<double>(a.den - 1);
      for (const Term& t : a.terms) w += 1 + std::abs(static_cast<double>(t.coef));
    };
    for (Dim d : e.domain.extent) w += 10 + static_cast<double>(d);
    for (const Node& n : e.nodes) {
      w += n.kind == Kind::Const ? 5 : 20;
      for (const Coord& c : n.at) form(c.at);
      for (const Cond& c : n.cond) w += 10, form(c.e.at);
    }
    return w;
  }

  static void substitute_in(Open& o, const Substitution& s) {
    o.body = substitute(o.p(), o.body, s);
    o.post = substitute(o.p(), o.post, s);
  }

  static void replace(Open& o, NodeId of, NodeId by) {
    for (NodeId* root : {&o.body, &o.post})
      *root = rewrite(o.p(), *root, [&](NodeId rebuilt, NodeId original) { return original == of ? by : rebuilt; });
  }

  static void change_form(Open& o, NodeId of, std::size_t k, bool condition,
                          const std::function<Affine(const Affine&)>& f) {
    Node n = o.p()[of];
    Affine& a = condition ? n.cond[k].e.at : n.at[k].at;
    Affine was = a, now = f(a);
    // A fill's condition and its access stay the same form.
    for (NodeId* root : {&o.body, &o.post})
      *root = rewrite(o.p(), *root, [&](NodeId rebuilt, NodeId) {
        Node m = o.p()[rebuilt];
        for (Coord& c : m.at)
          if (c.at == was) c.at = now;
        for (Cond& c : m.cond)
          if (c.e.at == was) c.e.at = now;
        return o.p().intern(std::move(m));
      });
  }

  std::vector<Change> changes(const Expr& e) {
    std::vector<Change> all;
    for (std::size_t i = 0; i < e.domain.extent.size(); ++i)
      for (bool whole : {true, false}) all.push_back([i, whole](Open& o) { shrink_index(o, i, whole); });
    all.push_back([](Open& o) { o.post = o.p().acc(o.p()[o.body].dtype); });
    Open o = open(e);
    for (NodeId id = static_cast<NodeId>(o.p().size()); id-- > 0;) {
      const Node& n = o.p()[id];
      for (std::size_t k = 0; k < n.args.size(); ++k)
        all.push_back([id, k](Open& p) {
          const Node was = p.p()[id];
          if (p.p()[was.args[k]].dtype == was.dtype) replace(p, id, was.args[k]);
        });
      if (n.kind != Kind::Const && n.kind != Kind::Acc)
        all.push_back([id](Open& p) { replace(p, id, p.p().constant(Number(0.5), p.p()[id].dtype)); });
      for (bool condition : {false, true})
        for (std::size_t k = 0; k < (condition ? n.cond.size() : n.at.size()); ++k) add_forms(all, id, k, condition, n);
    }
    return all;
  }

  static void add_forms(std::vector<Change>& all, NodeId id, std::size_t k, bool condition, const Node& n) {
    const Affine& a = condition ? n.cond[k].e.at : n.at[k].at;
    auto add = [&](std::function<Affine(const Affine&)> f) {
      all.push_back([=](Open& o) { change_form(o, id, k, condition, f); });
    };
    if (a.den > 1) add([](const Affine& x) { return x * x.den; });
    if (a.offset != 0) add([](const Affine& x) { return x - exact_div(Affine(x.offset), x.den); });
    for (const Term& t : a.terms) {
      add([t](const Affine& x) { return x - exact_div(Affine::of(t.index, t.coef), x.den); });
      if (t.coef != 1) add([t](const Affine& x) { return x - exact_div(Affine::of(t.index, t.coef - 1), x.den); });
    }
  }

  /// The index becomes 0, or its extent one less.
  static void shrink_index(Open& o, std::size_t i, bool whole) {
    Dim was = o.p().extent(static_cast<IndexId>(i));
    if (was <= 1) return;
    IndexId less = o.p().fresh("s", whole ? Dim(1) : was - 1);
    for (auto& group : o.out) std::ranges::replace(group, static_cast<IndexId>(i), less);
    std::ranges::replace(o.red, static_cast<IndexId>(i), less);
    substitute_in(o, {{static_cast<IndexId>(i), {Affine::of(less)}}});
  }

  const Property& property_;
};

/// "" where the expression is right; otherwise what is wrong with a small one like it, and its text.
inline std::string fault_of(const Expr& e, const Property& property) {
  if (property(e).empty()) return "";
  Expr small = Shrinker(property).run(e);
  std::string types;
  for (const Type& t : small.in) types += " " + to_string(t);
  return property(small) + "\n" + to_text(small) + "\noperands" + types + "\nfound as " + to_text(e);
}

}  // namespace tenon::expr::testing
