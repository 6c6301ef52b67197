#include <algorithm>
#include <map>

#include "expr/analyse.h"
#include "expr/points.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

/// Beyond as many different conditions in front of nodes, work counts as done everywhere.
constexpr int kMostVisits = 4096;

/// The nodes under a root, with the conditions on the ways to each.
class Reached {
 public:
  explicit Reached(const Pool& pool) : pool_(pool) {}
  std::map<NodeId, std::vector<Claims>> ways;

  void visit(NodeId id, const Claims& claims) {
    if (id == kNone) return;
    auto& known = ways[id];
    auto says_less = [&](const Claims& old) {
      return std::ranges::all_of(old, [&](const Claim& c) { return std::ranges::find(claims, c) != claims.end(); });
    };
    if (std::ranges::any_of(known, says_less)) return;
    if (++visits_ > kMostVisits) {
      if (!claims.empty()) visit(id, {});
      return;
    }
    std::erase_if(known, [&](const Claims& old) {
      return std::ranges::all_of(claims, [&](const Claim& c) { return std::ranges::find(old, c) != old.end(); });
    });
    known.push_back(claims);
    const Node& n = pool_[id];
    for (const Coord& c : n.at) visit(c.data, claims);
    if (n.kind == Kind::Guard) return branches(n, claims);
    for (NodeId a : n.args) visit(a, claims);
  }

 private:
  void branches(const Node& n, Claims claims) {
    for (const Cond& c : n.cond) {
      visit(c.e.data, claims);
      claims.push_back({c, false});
      visit(n.args[1], claims);
      claims.back().holds = true;
    }
    visit(n.args[0], claims);
  }

  const Pool& pool_;
  int visits_ = 0;
};

/// 0 * x, 0 / x, -0 and casts of 0 as 0, as they count where a condition around x fails.
NodeId without_work_on_zeros(Pool& pool, NodeId root) {
  return rewrite(pool, root, [&](NodeId rebuilt, NodeId) {
    const Node& n = pool[rebuilt];
    return keeps_zero(n) && (pool.is_constant(n.args[0], 0) || (is_product(n) && pool.is_constant(n.args[1], 0)))
               ? pool.zero(n.dtype)
               : rebuilt;
  });
}

class Counter {
 public:
  Counter(const Expr& e, Counted counted, i64 budget)
      : o_(open(e)), pool_(o_.p()), everywhere_(counted == Counted::Box), points_(pool_, budget) {
    o_.body = tidy(pool_, hoist_guards(pool_, o_.body));
    if (!everywhere_) o_.body = without_work_on_zeros(pool_, o_.body);
    parallel_ = o_.parallel();
    box_ = parallel_;
    box_.insert(box_.end(), o_.red.begin(), o_.red.end());
  }

  Cost run(const Type& out) {
    work(o_.body, box_);
    work(o_.post, parallel_);
    double points = everywhere_       ? add(points_.where(box_, {}))
                    : nothing_to_do() ? 0
                                      : add(points_.where(box_, of_body()));
    cost_.points = points;
    if (o_.reducer != Reducer::None) cost_.flops += points;
    cost_.bytes = static_cast<double>(bytes_of(out.dtype, element_count(out.shape)));
    for (auto& [operand, accesses] : touched_) {
      const Type& t = o_.in[static_cast<std::size_t>(operand)];
      cost_.bytes += add(points_.elements(accesses, t.shape)) * bits_of(t.dtype) / 8;
    }
    return cost_;
  }

 private:
  double add(Count c) {
    cost_.exact &= c.exact;
    return c.n;
  }

  /// Is it a number that leaves the reduced value as it is?
  bool is_neutral(NodeId id) const {
    const Node& n = pool_[id];
    return n.kind == Kind::Const && (o_.reducer == Reducer::None || n.value == identity_of(o_.reducer, o_.accumulate));
  }
  bool nothing_to_do() const { return is_neutral(o_.body); }
  /// Where the body is more than that.
  Claims of_body() const {
    const Node& n = pool_[o_.body];
    Claims claims;
    if (n.kind == Kind::Guard && is_neutral(n.args[1]))
      for (const Cond& c : n.cond) claims.push_back({c, true});
    return claims;
  }

  void work(NodeId root, const std::vector<IndexId>& box) {
    Reached reached(pool_);
    reached.visit(root, {});
    for (auto& [id, ways] : reached.ways) {
      const Node& n = pool_[id];
      if (n.kind == Kind::Apply)
        cost_.flops += add(everywhere_ ? points_.where(box, {}) : points_.where_any(box, ways));
      if (n.kind == Kind::Load)
        for (Claims& claims : ways) touched_[n.operand].push_back({n.at, std::move(claims), box});
    }
  }

  Open o_;
  Pool& pool_;
  bool everywhere_;
  Points points_;
  std::vector<IndexId> parallel_, box_;
  std::map<std::int32_t, std::vector<Points::Access>> touched_;
  Cost cost_;
};

}  // namespace

Cost cost_of(const Expr& e, Counted counted, i64 budget) { return Counter(e, counted, budget).run(e.type()); }

}  // namespace tenon::expr
