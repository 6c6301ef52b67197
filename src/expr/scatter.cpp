#include <algorithm>

#include "expr/analyse.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

bool depends(const Pool& pool, NodeId root, IndexId i) {
  auto s = support(pool, root);
  return std::binary_search(s.begin(), s.end(), i);
}

}  // namespace

namespace {

/// The output index that a condition alone reads, and equates with data.
std::optional<Scatter::Position> position_of(const Scatter& s, const Masked& m, std::size_t k) {
  const Pool& pool = s.open.p();
  const Cond& c = m.cond[k];
  if (c.e.data == kNone || c.hi != c.lo + 1 || c.e.at.den != 1) return {};
  if (!in_bounds(pool, c.e.data, s.open.in)) return {};  // it is only read where other conditions hold
  for (IndexId i : s.open.parallel()) {
    if (c.e.at.coef(i) != -1 || depends(pool, c.e.data, i) || depends(pool, m.value, i)) continue;
    bool alone = true;
    for (std::size_t o = 0; o < m.cond.size(); ++o)
      if (o != k) {
        auto used = support(pool, m.cond[o].e);
        alone &= !std::binary_search(used.begin(), used.end(), i);
      }
    if (alone) return Scatter::Position{i, {c.e.at + Affine::of(i) - Affine(c.lo), c.e.data}};
  }
  return {};
}

}  // namespace

std::optional<Scatter> as_scatter(const Expr& e) {
  if (e.reducer != Reducer::Sum) return {};
  Scatter s{.open = open(e)};
  Pool& pool = s.open.p();
  Masked m = masked(pool, hoist_guards(pool, s.open.body));
  Conds rest;
  for (std::size_t k = 0; k < m.cond.size(); ++k) {
    if (auto position = position_of(s, m, k))
      s.positions.push_back(*position);
    else
      rest.push_back(m.cond[k]);
  }
  if (s.positions.empty()) return {};
  NodeId zero = pool.zero(pool[m.value].dtype);
  s.update = pool.guard(rest, m.value, zero);
  return s;
}

}  // namespace tenon::expr
