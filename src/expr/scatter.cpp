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

std::optional<Scatter> as_scatter(const Expr& e) {
  if (e.reducer != Reducer::Sum) return {};
  Scatter s{.open = open(e)};
  Pool& pool = s.open.p();
  Masked m = masked(pool, hoist_guards(pool, s.open.body));
  for (std::size_t k = 0; k < m.cond.size(); ++k) {
    const Cond& c = m.cond[k];
    if (c.e.data == kNone || c.hi != c.lo + 1 || c.e.at.den != 1) continue;
    if (!in_bounds(pool, c.e.data, s.open.in)) continue;  // it is only read where other conditions hold
    for (IndexId i : s.open.parallel()) {
      if (c.e.at.coef(i) != -1 || depends(pool, c.e.data, i)) continue;
      Conds rest = m.cond;
      rest.erase(rest.begin() + k);
      DType t = pool[m.value].dtype;
      NodeId zero = pool.zero(t);
      NodeId update = pool.guard(rest, m.value, zero);
      if (depends(pool, update, i)) continue;
      s.target = i;
      s.index = {c.e.at + Affine::of(i) - Affine(c.lo), c.e.data};
      s.update = update;
      return s;
    }
  }
  return {};
}

}  // namespace tenon::expr
