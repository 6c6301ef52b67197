#include "expr/sums.h"

#include <algorithm>

namespace tenon::expr {

bool is_product(const Node& n) { return n.kind == Kind::Apply && n.fn == Fn::Mul; }

bool keeps_zero(const Node& n) {
  return n.kind == Kind::Cast || is_product(n) || (n.kind == Kind::Apply && (n.fn == Fn::Div || n.fn == Fn::Neg));
}

Masked masked(const Pool& pool, NodeId body) {
  const Node& n = pool[body];
  if (n.kind != Kind::Guard || !pool.is_constant(n.args[1], 0)) return {{}, body};
  return {n.cond, n.args[0]};
}

NodeId hoist_guards(Pool& pool, NodeId root) {
  return rewrite(pool, root, [&](NodeId rebuilt, NodeId) {
    Node n = pool[rebuilt];
    if (!keeps_zero(n)) return rebuilt;
    Conds cond;
    std::size_t factors = is_product(n) ? 2 : 1;
    for (std::size_t k = 0; k < factors; ++k) {
      Masked m = masked(pool, n.args[k]);
      n.args[k] = m.value;
      for (Cond& c : m.cond)
        if (std::find(cond.begin(), cond.end(), c) == cond.end()) cond.push_back(std::move(c));
    }
    if (cond.empty()) return rebuilt;
    NodeId inner = n.kind == Kind::Cast ? pool.cast(n.dtype, n.args[0]) : pool.apply(n.fn, n.args);
    return pool.guard(std::move(cond), inner, pool.zero(n.dtype));
  });
}

namespace {

/// The index of `red` that the equality c determines, and its value.
std::optional<std::pair<IndexId, Coord>> pinned_by(const Cond& c, const std::vector<IndexId>& red) {
  if (c.hi != c.lo + 1 || c.e.at.den != 1) return {};
  for (IndexId v : red) {
    Dim coef = c.e.at.coef(v);
    if (coef != 1 && coef != -1) continue;
    if (c.e.data != kNone && coef == 1) continue;  // the value would be minus the data
    Affine rest = c.e.at - Affine::of(v, coef) - Affine(c.lo);
    return {{v, Coord{rest * -coef, c.e.data}}};
  }
  return {};
}

template <class T>
bool depends_on(const Pool& pool, const T& what, IndexId v) {
  auto s = support(pool, what);
  return std::binary_search(s.begin(), s.end(), v);
}

/// Conditions that do not read `v` keep their place before the one that says where the value of `v` is valid.
Conds in_place_of(const Pool& pool, const Conds& all, std::size_t k, IndexId v, const Coord& value) {
  Conds before, after;
  for (std::size_t q = 0; q < all.size(); ++q)
    if (q != k) (q < k && !depends_on(pool, all[q].e, v) ? before : after).push_back(all[q]);
  before.push_back({value, 0, pool.extent(v)});
  for (Cond& c : after) before.push_back(std::move(c));
  return before;
}

bool eliminate_one(Open& o) {
  Pool& pool = o.p();
  Masked m = masked(pool, o.body);
  NodeId none = pool.zero(pool[o.body].dtype);
  for (std::size_t k = 0; k < m.cond.size(); ++k) {
    auto pin = pinned_by(m.cond[k], o.red);
    if (!pin || (pin->second.data != kNone && depends_on(pool, pin->second.data, pin->first))) continue;
    auto& [v, value] = *pin;
    Conds cond = in_place_of(pool, m.cond, k, v, value);
    try {
      o.body = tidy(pool, substitute(pool, pool.guard(cond, m.value, none), {{v, value}}));
    } catch (const Error&) {
      continue;  // v stands in a form that data cannot enter
    }
    std::erase(o.red, v);
    return true;
  }
  return false;
}

}  // namespace

void eliminate_pinned(Open& o) {
  if (o.reducer != Reducer::Sum) return;
  Pool& pool = o.p();
  do o.body = tidy(pool, hoist_guards(pool, tidy(pool, o.body)));
  while (eliminate_one(o));
}

void drop_empty_reduction(Open& o) {
  Pool& pool = o.p();
  bool position = o.reducer == Reducer::ArgMax || o.reducer == Reducer::ArgMin;
  if (position || !std::ranges::all_of(o.red, [&](IndexId i) { return pool.extent(i) == 1; })) return;
  o.red.clear();
  o.body =
      rewrite(pool, o.post, [&](NodeId rebuilt, NodeId) { return pool[rebuilt].kind == Kind::Acc ? o.body : rebuilt; });
  o.post = pool.acc(pool[o.body].dtype);
  o.reducer = Reducer::None;
  o.accumulate = pool[o.body].dtype;
}

std::optional<std::vector<IndexId>> mixed_radix(const Pool& pool, const Affine& e, Dim extent) {
  if (e.offset != 0 || e.den != 1) return {};
  std::vector<Term> left(e.terms.begin(), e.terms.end());
  std::vector<IndexId> indices;
  Dim step = 1;
  while (!left.empty()) {  // the next inner one; of several, one of extent 1, which changes nothing
    auto next = left.end();
    for (auto t = left.begin(); t != left.end(); ++t)
      if (t->coef == step && (next == left.end() || pool.extent(t->index) == 1)) next = t;
    if (next == left.end()) return {};
    step *= pool.extent(next->index);
    indices.insert(indices.begin(), next->index);
    left.erase(next);
  }
  if (step != extent) return {};
  return indices;
}

}  // namespace tenon::expr
