// What is certain about index forms: ranges, implied conditions, dead branches, accesses in bounds.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_set>

#include "expr/pool.h"

namespace tenon::expr {

namespace {

using Bound = Range::Bound;

constexpr std::size_t kMostBounds = 3;

/// a <= b for certain; no wider arithmetic where both are whole.
bool at_most(const Bound& a, const Bound& b) {
  if (a.den == b.den) return certainly_at_most(a.num, b.num);
  return certainly_at_most(a.num * b.den, b.num * a.den);
}

/// Keeps what no other bound makes redundant; `tighter(a, b)`: a says at least as much as b.
template <class F>
void add_bound(Range::Bounds& bounds, const Bound& b, F&& tighter) {
  for (const Bound& old : bounds)
    if (tighter(old, b)) return;
  erase_if(bounds, [&](const Bound& old) { return tighter(b, old); });
  if (bounds.size() < kMostBounds) bounds.push_back(b);
}

Range box_range(const Pool& pool, const Affine& a) {
  Dim lo = a.offset, hi = a.offset;
  bool lower = true, upper = true;
  for (const Term& t : a.terms) {
    Dim extent = pool.extent(t.index);
    Dim span = t.coef * (extent == 0 ? Dim(0) : extent - 1);  // nothing is claimed of an empty box
    bool up = certainly_nonnegative(t.coef), down = !up && certainly_nonnegative(-t.coef);
    if (up) hi += span;
    if (down) lo += span;
    lower &= up || down;
    upper &= up || down;
  }
  Range r;
  r.integer = a.den == 1;
  if (lower) r.add_low({lo, a.den});
  if (upper) r.add_high({hi, a.den});
  return r;
}

Conds joined(const Conds& a, const Conds& b) {
  Conds r = a;
  for (const Cond& c : b) r.push_back(c);
  return r;
}

bool is_dead(const Pool& pool, const Cond& c, const Conds& known) {
  if (c.e.data != kNone) return false;
  Range r = range_of(pool, c.e.at, known);
  return r.at_least(c.hi) || r.less_than(c.lo) || never_integer(c.e.at);
}

}  // namespace

void Range::add_low(Bound b) {
  add_bound(lows_, b, [](const Bound& x, const Bound& y) { return at_most(y, x); });
}
void Range::add_high(Bound b) {
  add_bound(highs_, b, [](const Bound& x, const Bound& y) { return at_most(x, y); });
}
bool Range::at_least(Dim x) const {
  return std::ranges::any_of(lows_, [&](const Bound& b) { return at_most({x, 1}, b); });
}
bool Range::less_than(Dim x) const {
  return std::ranges::any_of(highs_, [&](const Bound& b) { return certainly_less(b.num, x * b.den); });
}

bool never_integer(const Affine& a) {
  i64 g = a.den;
  for (const Term& t : a.terms) g = std::gcd(g, content(t.coef));
  return g > 1 && a.offset.is_constant() && a.offset % g != 0;
}

// With e = q * condition + f for an integral f, the condition's bounds and those of f add up.
Range range_of(const Pool& pool, const Affine& e, const Conds& known, int depth) {
  Range r = box_range(pool, e);
  for (const Cond& c : known) {
    if (c.e.data != kNone) continue;
    SmallVector<i64, 4> tried;
    for (const Term& t : c.e.at.terms) {
      Dim mine = e.coef(t.index);
      if (mine == 0 || !mine.is_constant() || !t.coef.is_constant()) continue;
      i64 num = mine * c.e.at.den, den = t.coef * e.den;
      if (num % den != 0) continue;
      i64 q = num / den;
      Affine f = e - c.e.at * q;
      if (f.den != 1 || std::find(tried.begin(), tried.end(), q) != tried.end()) continue;
      tried.push_back(q);
      Range rest = depth > 0 && !f.is_constant() ? range_of(pool, f, known, depth - 1) : box_range(pool, f);
      bool low_known = !(c.lo == -kInf), high_known = !(c.hi == kInf);
      if (q > 0 ? low_known : high_known)
        for (const Bound& b : rest.lows()) r.add_low({b.num + b.den * q * (q > 0 ? c.lo : c.hi - 1), b.den});
      if (q > 0 ? high_known : low_known)
        for (const Bound& b : rest.highs()) r.add_high({b.num + b.den * q * (q > 0 ? c.hi - 1 : c.lo), b.den});
      r.integer = true;
    }
  }
  return r;
}

bool implied(const Pool& pool, const Cond& c, const Conds& known) {
  bool stands = std::any_of(known.begin(), known.end(), [&](const Cond& k) {
    return k.e == c.e && certainly_at_most(c.lo, k.lo) && certainly_at_most(k.hi, c.hi);
  });
  if (stands || c.e.data != kNone) return stands;
  for (const Term& t : c.e.at.terms)
    if (pool.extent(t.index) == 0) return true;  // no such point
  Range r = range_of(pool, c.e.at, known);
  return r.integer && (c.lo == -kInf || r.at_least(c.lo)) && (c.hi == kInf || r.less_than(c.hi));
}

Conds otherwise(const Pool& pool, const Conds& cond, const Conds& known) {
  if (cond.size() != 1 || cond[0].e.data != kNone || cond[0].e.at.den != 1) return {};
  const Cond& c = cond[0];
  Range r = range_of(pool, c.e.at, known);
  if (c.lo == -kInf || r.at_least(c.lo)) return {{c.e, c.hi, kInf}};
  if (c.hi == kInf || r.less_than(c.hi)) return {{c.e, -kInf, c.lo}};
  return {};
}

namespace {

class Tidier {
 public:
  Tidier(Pool& pool, Conds known) : pool_(pool), known_(std::move(known)) {}

  NodeId run(NodeId id) {
    if (auto it = done_.find(id); it != done_.end()) return it->second;
    NodeId r = pool_[id].kind == Kind::Guard ? guard(id) : other(id);
    done_[id] = r;
    return r;
  }

 private:
  NodeId inside(NodeId id, const Conds& more) { return Tidier(pool_, joined(known_, more)).run(id); }

  Cond tidy_data(Cond c) {
    if (c.e.data != kNone) c.e.data = run(c.e.data);
    return c;
  }

  NodeId guard(NodeId id) {
    Node n = pool_[id];
    Conds keep;
    for (const Cond& raw : n.cond) {
      Cond c = tidy_data(raw);
      if (is_dead(pool_, c, known_)) return run(n.args[1]);
      if (!implied(pool_, c, joined(known_, keep))) keep.push_back(c);
    }
    if (keep.empty()) return run(n.args[0]);
    NodeId yes = inside(n.args[0], keep), no = inside(n.args[1], otherwise(pool_, keep, known_));
    const Node& inner = pool_[yes];
    if (inner.kind == Kind::Guard && inner.args[1] == no && pool_[no].kind == Kind::Const) {
      keep = joined(keep, inner.cond);
      yes = inner.args[0];
    }
    for (std::size_t k = 0; k < keep.size();) {
      Conds rest = keep;
      rest.erase(rest.begin() + k);
      if (implied(pool_, keep[k], joined(known_, rest)))
        keep = rest;
      else
        ++k;
    }
    return pool_.guard(keep, yes, no);
  }

  NodeId other(NodeId id) {
    Node n = pool_[id];
    for (NodeId& a : n.args) a = run(a);
    for (Coord& c : n.at)
      if (c.data != kNone) c.data = run(c.data);
    switch (n.kind) {
      case Kind::Select: return pool_.select(n.args[0], n.args[1], n.args[2]);
      case Kind::Cast: return pool_.cast(n.dtype, n.args[0]);
      case Kind::Apply: return pool_.apply(n.fn, std::move(n.args));
      default: return pool_.intern(std::move(n));
    }
  }

  Pool& pool_;
  Conds known_;
  std::unordered_map<NodeId, NodeId> done_;
};

}  // namespace

NodeId tidy(Pool& pool, NodeId root, const Conds& known) {
  return root == kNone ? root : Tidier(pool, known).run(root);
}

namespace {

/// Tries a condition at every point where others hold.
class Trial {
 public:
  /// With all known conditions, or those that share an index with c, directly or through others.
  Trial(const Pool& pool, const Cond& c, const Conds& known, bool all) : pool_(pool), wanted_(c) {
    add_indices(c.e.at);
    std::vector<char> used(known.size(), 0);
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t k = 0; k < known.size(); ++k) {
        const Affine& a = known[k].e.at;
        bool shares = all || std::ranges::any_of(a.terms, [&](const Term& t) { return value_.count(t.index) > 0; });
        if (used[k] || known[k].e.data != kNone || !shares) continue;
        used[k] = 1;
        add_indices(a);
        holding_.push_back(known[k]);
        grown = true;
      }
    }
  }

  /// Infinite where an unknown is involved.
  double points() const {
    double n = is_concrete(wanted_) && std::ranges::all_of(holding_, is_concrete) ? 1 : kInfinity;
    for (auto [i, v] : value_) n *= pool_.extent(i).is_constant() ? static_cast<double>(pool_.extent(i)) : kInfinity;
    return n;
  }

  bool holds_everywhere() {
    do
      if (std::ranges::all_of(holding_, [&](const Cond& c) { return holds(c); }) && !holds(wanted_)) return false;
    while (step());
    return true;
  }

 private:
  static bool is_concrete(const Cond& c) {
    return c.lo.is_constant() && c.hi.is_constant() && c.e.at.offset.is_constant() &&
           std::ranges::all_of(c.e.at.terms, [](const Term& t) { return t.coef.is_constant(); });
  }

  void add_indices(const Affine& a) {
    for (const Term& t : a.terms) value_[t.index] = 0;
  }

  bool holds(const Cond& c) const {
    i64 x = c.e.at.offset;
    for (const Term& t : c.e.at.terms) x += t.coef.value() * value_.at(t.index);
    return x % c.e.at.den == 0 && x / c.e.at.den >= c.lo && x / c.e.at.den < c.hi;
  }

  bool step() {
    for (auto& [i, v] : value_) {
      if (++v < pool_.extent(i)) return true;
      v = 0;
    }
    return false;
  }

  const Pool& pool_;
  Cond wanted_;
  Conds holding_;
  std::map<IndexId, i64> value_;
};

/// What a check may still spend.
struct Budget {
  i64 proofs, trials;
};

/// Visits each node once per set of conditions that hold there.
class BoundsChecker {
 public:
  BoundsChecker(const Pool& pool, const std::vector<Type>& in, Conds known, Budget& budget)
      : pool_(pool), in_(in), known_(std::move(known)), budget_(budget) {}

  void run(NodeId id) {
    if (id == kNone || !done_.insert(id).second) return;
    const Node& n = pool_[id];
    spend(n);
    for (const Coord& c : n.at) run(c.data);
    if (n.kind == Kind::Guard) {
      BoundsChecker yes(pool_, in_, joined(known_, n.cond), budget_);  // forms are tested before data is read
      for (const Cond& c : n.cond) yes.run(c.e.data);
      yes.run(n.args[0]);
      BoundsChecker(pool_, in_, joined(known_, otherwise(pool_, n.cond, known_)), budget_).run(n.args[1]);
      return;
    }
    for (NodeId a : n.args) run(a);
    if (n.kind == Kind::Load) check(n);
  }

 private:
  /// Proofs take time in the square of the number of known conditions.
  void spend(const Node& n) {
    auto known = static_cast<i64>(known_.size() + n.cond.size());
    budget_.proofs -= 1 + static_cast<i64>(n.cond.size() + n.at.size()) * known * known;
    require(budget_.proofs > 0, "branches of the expression share too many parts to be checked; split it into several");
  }

  void check(const Node& n) {
    const Shape& shape = in_[static_cast<std::size_t>(n.operand)].shape;
    for (std::size_t d = 0; d < n.at.size(); ++d)
      require(n.at[d].data != kNone || is_certain({n.at[d], 0, shape[d]}),
              "operand {}, dimension {}: the access may fall outside [0, {}); use .outside(fill) or a condition",
              n.operand, d, shape[d]);
  }

  bool is_certain(const Cond& c) {
    if (implied(pool_, c, known_)) return true;
    if (budget_.trials == 0) return false;
    return holds_by_trial(c, false) || holds_by_trial(c, true);  // all, since others may exclude each other
  }

  bool holds_by_trial(const Cond& c, bool all) {
    Trial trial(pool_, c, known_, all);
    double points = trial.points();
    if (!(points <= static_cast<double>(budget_.trials))) return false;  // 0 * infinity neither
    budget_.trials -= static_cast<i64>(points);
    return points == 0 || trial.holds_everywhere();
  }

  const Pool& pool_;
  const std::vector<Type>& in_;
  Conds known_;
  Budget& budget_;
  std::unordered_set<NodeId> done_;
};

}  // namespace

void check_bounds(const Pool& pool, NodeId root, const std::vector<Type>& in, i64 trials) {
  Budget budget{1 << 20, trials};
  BoundsChecker(pool, in, {}, budget).run(root);
}

bool in_bounds(const Pool& pool, NodeId root, const std::vector<Type>& in) {
  try {
    check_bounds(pool, root, in);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace tenon::expr
