#include <algorithm>

#include "expr/analyse.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

using Indices = std::vector<IndexId>;

bool within(const Indices& a, const Indices& b) { return std::includes(b.begin(), b.end(), a.begin(), a.end()); }
bool contains(const Indices& sorted, IndexId i) { return std::binary_search(sorted.begin(), sorted.end(), i); }

struct Factor {
  NodeId value;
  Indices support;
};

/// The factors of a product, and the conditions under which it is not 0.
class Product {
 public:
  Product(Pool& pool, NodeId body) : pool_(pool) { flatten(body, false); }
  std::vector<Factor> factors;
  Conds conds;

 private:
  void add(NodeId value, bool inverse) {
    const Node& n = pool_[value];
    NodeId v = inverse ? pool_.apply(Fn::Div, {pool_.constant(Number(1.0), n.dtype), value}) : value;
    factors.push_back({v, support(pool_, v)});
  }

  void flatten(NodeId id, bool inverse) {
    Node n = pool_[id];
    bool product = n.kind == Kind::Apply && n.fn == Fn::Mul;
    // A quotient whose divisor varies no more than the dividend stays one factor: it rounds once.
    bool quotient =
        n.kind == Kind::Apply && n.fn == Fn::Div && is_float(n.dtype) && !inverse &&
        (support(pool_, n.args[1]).empty() || !within(support(pool_, n.args[1]), support(pool_, n.args[0])));
    if (product) {
      flatten(n.args[0], inverse);
      flatten(n.args[1], inverse);
    } else if (quotient && !pool_.is_constant(n.args[0], 1)) {
      flatten(n.args[0], false);
      flatten(n.args[1], true);
    } else if (n.kind == Kind::Apply && n.fn == Fn::Neg && is_float(n.dtype)) {
      add(pool_.constant(Number(-1.0), n.dtype), false);
      flatten(n.args[0], inverse);
    } else if (Masked m = masked(pool_, id); !m.cond.empty() && !inverse) {
      for (const Cond& c : m.cond) conds.push_back(c);
      flatten(m.value, false);
    } else {
      add(id, inverse);
    }
  }

  Pool& pool_;
};

/// Moves factors without indices to the end of the list and returns how many there are.
std::size_t split_off_scalars(std::vector<Factor>& factors) {
  auto scalars =
      std::stable_partition(factors.begin(), factors.end(), [](const Factor& f) { return !f.support.empty(); });
  return static_cast<std::size_t>(factors.end() - scalars);
}

bool needs_gather(const Pool& pool, NodeId side) {
  bool found = false;
  visit(pool, side, [&](NodeId id) {
    const Node& n = pool[id];
    found |= n.kind == Kind::Guard;
    if (n.kind != Kind::Load) return;
    for (const Coord& c : n.at) found |= c.data != kNone || support(pool, c).size() > 1;
  });
  return found;
}

bool reads_at_data(const Pool& pool, NodeId side) {
  bool found = false;
  visit(pool, side, [&](NodeId id) {
    for (const Coord& c : pool[id].at) found |= c.data != kNone;
  });
  return found;
}

Dim volume(const Pool& pool, const Indices& indices) {
  Dim v = 1;
  for (IndexId i : indices) v *= pool.extent(i);
  return v;
}

std::string kind_of(const Pool& pool, const Contraction& c) {
  bool m = varies(volume(pool, c.m)), n = varies(volume(pool, c.n)), batch = varies(volume(pool, c.batch));
  bool gathers = c.gather_a || c.gather_b;
  std::string implicit = gathers ? "implicit " : "", batched = batch ? "batched " : "";
  if (m && n) return batched + implicit + "GEMM";
  if (m || n) return batch && gathers ? "depthwise-like" : batched + implicit + "GEMV";
  return batched + "dot";
}

class Classifier {
 public:
  explicit Classifier(const Expr& e) { c_.open = open(e); }
  std::string why;

  std::optional<Contraction> run() {
    Open& o = c_.open;
    Pool& pool = o.p();
    if (o.reducer != Reducer::Sum || o.red.empty()) return refuse("not a sum");
    auto is_empty = [&](IndexId i) { return pool.extent(i) == 0; };
    if (std::ranges::any_of(o.parallel(), is_empty) || std::ranges::any_of(o.red, is_empty))
      return refuse("an empty box");
    Product product(pool, hoist_guards(pool, o.body));
    auto& factors = product.factors;
    std::size_t scalars = split_off_scalars(factors);
    std::vector<Factor> scale(factors.end() - static_cast<std::ptrdiff_t>(scalars), factors.end());
    factors.resize(factors.size() - scalars);
    if (!choose_sides(factors)) return std::nullopt;
    if (!place_conditions(product.conds, !scale.empty())) return std::nullopt;
    if (!in_bounds(pool, c_.a, o.in) || !in_bounds(pool, c_.b, o.in))
      return refuse("a side is undefined without the other side's condition");
    scale_epilogue(scale);
    if (!in_bounds(pool, c_.post, o.in)) return refuse("an output is undefined without the conditions of a side");
    assign_roles();
    return std::move(c_);
  }

 private:
  std::optional<Contraction> refuse(const char* reason) {
    why = reason;
    return std::nullopt;
  }

  /// Two seeds: the factor of largest support, and the largest that it does not contain; the others join a seed.
  bool choose_sides(std::vector<Factor>& f) {
    Pool& pool = c_.open.p();
    std::stable_sort(f.begin(), f.end(),
                     [](const Factor& x, const Factor& y) { return x.support.size() > y.support.size(); });
    std::size_t second = 0;
    for (std::size_t k = 1; k < f.size() && !second; ++k)
      if (!within(f[k].support, f[0].support)) second = k;
    if (!second && f.size() > 1) second = 1;
    if (!second) return refuse("one factor: a reduction"), false;
    std::swap(f[1], f[second]);
    for (std::size_t k = 2; k < f.size(); ++k) {
      Factor& to = within(f[k].support, f[1].support) ? f[1] : f[0];
      if (!within(f[k].support, to.support))
        return refuse("three factors of different supports: split in the graph"), false;
      to.value = pool.mul(to.value, f[k].value);
    }
    a_ = f[0], b_ = f[1];
    return true;
  }

  /// A condition goes to every side that has all its indices; one over output indices only may go to the epilogue.
  bool place_conditions(const Conds& conds, bool scaled) {
    Pool& pool = c_.open.p();
    Conds on_a, on_b;
    Indices parallel = c_.open.parallel();
    std::ranges::sort(parallel);
    bool reads_data = false, beside_a = false, beside_b = false;
    for (const Cond& c : conds) {
      Indices s = support(pool, c.e);
      bool at_a = within(s, a_.support), at_b = within(s, b_.support);
      if (at_a) on_a.push_back(c);
      if (at_b) on_b.push_back(c);
      beside_a |= !at_a && c.e.data != kNone;
      beside_b |= !at_b && c.e.data != kNone;
      if (at_a || at_b) continue;
      if (!within(s, parallel)) return refuse("a condition ties M, N and K together"), false;
      on_output_.push_back(c);
      reads_data |= c.e.data != kNone;
    }
    for (const Cond& c : conds)  // which may be what keeps the data in bounds
      if ((scaled || (reads_data && c.e.data == kNone)) && within(support(pool, c.e), parallel) &&
          std::find(on_output_.begin(), on_output_.end(), c) == on_output_.end())
        on_output_.push_back(c);
    auto side = [&](const Factor& f, const Conds& c) {
      DType t = pool[f.value].dtype;
      NodeId zero = pool.zero(t);
      return tidy(pool, pool.guard(c, f.value, zero));
    };
    c_.a = side(a_, on_a);
    c_.b = side(b_, on_b);
    if ((beside_a && reads_at_data(pool, c_.a)) || (beside_b && reads_at_data(pool, c_.b)))
      return refuse("a side reads at positions that another's condition makes valid"), false;
    return true;
  }

  void scale_epilogue(const std::vector<Factor>& scale) {
    Open& o = c_.open;
    Pool& pool = o.p();
    NodeId acc = pool.acc(o.accumulate), sum = acc;
    for (const Factor& f : scale) sum = pool.mul(sum, pool.cast(o.accumulate, f.value));
    NodeId zero = pool.zero(o.accumulate);
    sum = pool.guard(on_output_, sum, zero);
    c_.post = rewrite(pool, o.post, [&](NodeId rebuilt, NodeId) { return rebuilt == acc ? sum : rebuilt; });
  }

  void assign_roles() {
    const Pool& pool = c_.open.p();
    for (IndexId i : c_.open.parallel()) {
      if (!varies(pool.extent(i))) continue;
      bool a = contains(a_.support, i), b = contains(b_.support, i);
      (a && b ? c_.batch : b ? c_.n : c_.m).push_back(i);
    }
    for (IndexId i : c_.open.red) {
      if (!varies(pool.extent(i))) continue;
      bool a = contains(a_.support, i), b = contains(b_.support, i);
      if (a || b)
        (a && b ? c_.k : a ? c_.pre_a : c_.pre_b).push_back(i);
      else
        c_.times *= pool.extent(i);
    }
    c_.gather_a = needs_gather(pool, c_.a);
    c_.gather_b = needs_gather(pool, c_.b);
    c_.kind = kind_of(pool, c_);
  }

  Contraction c_;
  Factor a_, b_;
  Conds on_output_;
};

}  // namespace

std::optional<Contraction> classify(const Expr& e, std::string* why) {
  Classifier classifier(e);
  auto c = classifier.run();
  if (why) *why = classifier.why;
  return c;
}

}  // namespace tenon::expr
