#include "expr/adjoint.h"

#include <algorithm>

#include "expr/partial.h"

namespace tenon::expr {

namespace {

class Reverse {
 public:
  Reverse(Pool& pool, const std::function<bool(const Node&)>& is_target) : pool_(pool), is_target_(is_target) {}

  std::vector<Adjoint> run(NodeId root, NodeId seed) {
    if (!is_active(root)) return {};
    Scope scope;
    scope.adjoint[root] = seed;
    std::vector<NodeId> order;
    visit(pool_, root, [&](NodeId id) { order.push_back(id); });
    budget_ -= static_cast<i64>(order.size());
    require(budget_ > 0, "gradient: branches of the formula share too many parts; split it into several formulas");
    for (std::size_t k = order.size(); k-- > 0;) {
      auto it = scope.adjoint.find(order[k]);
      if (it != scope.adjoint.end()) step(scope, order[k], it->second);
    }
    return std::move(scope.found);
  }

 private:
  struct Scope {
    std::unordered_map<NodeId, NodeId> adjoint;
    std::vector<Adjoint> found;
  };

  /// Does a float path lead from `root` to a target?
  bool is_active(NodeId root) {
    visit(pool_, root, [&](NodeId id) {
      if (active_.count(id)) return;
      const Node& n = pool_[id];
      bool through = is_float(n.dtype) && n.kind != Kind::Load &&
                     std::ranges::any_of(n.args, [&](NodeId a) { return active_.at(a); });
      active_[id] = is_target_(n) || through;
    });
    return active_.at(root);
  }

  NodeId zero(DType t) { return pool_.zero(t); }

  void found(Scope& s, NodeId target, NodeId value) {
    for (Adjoint& a : s.found)
      if (a.of == target) {
        a.value = pool_.add(a.value, value);
        return;
      }
    s.found.push_back({target, value});
  }

  void give(Scope& s, NodeId to, NodeId value) {
    if (!active_.at(to)) return;
    auto [it, fresh] = s.adjoint.try_emplace(to, value);
    if (!fresh) it->second = pool_.add(it->second, value);
  }

  /// Contributions of a branch, each under the branch's condition.
  template <class Under>
  void branch(Scope& s, NodeId root, NodeId g, const Under& under) {
    for (const Adjoint& a : run(root, g)) found(s, a.of, under(a.value, zero(pool_[a.value].dtype)));
  }
  void choose(Scope& s, NodeId condition, NodeId yes, NodeId no, NodeId g) {
    branch(s, yes, g, [&](NodeId x, NodeId z) { return pool_.select(condition, x, z); });
    branch(s, no, g, [&](NodeId x, NodeId z) { return pool_.select(condition, z, x); });
  }

  void step(Scope& s, NodeId id, NodeId g) {
    const Node n = pool_[id];
    if (is_target_(n)) return found(s, id, g);
    switch (n.kind) {
      case Kind::Guard:
        branch(s, n.args[0], g, [&](NodeId x, NodeId z) { return pool_.guard(n.cond, x, z); });
        branch(s, n.args[1], g, [&](NodeId x, NodeId z) { return pool_.guard(n.cond, z, x); });
        return;
      case Kind::Select: return choose(s, n.args[0], n.args[1], n.args[2], g);
      case Kind::Cast: return give(s, n.args[0], pool_.cast(pool_[n.args[0]].dtype, g));
      case Kind::Apply: return function(s, n, id, g);
      default: return;
    }
  }

  void function(Scope& s, const Node& n, NodeId y, NodeId g) {
    if (n.fn == Fn::Max || n.fn == Fn::Min) return choose(s, chosen_second(pool_, y), n.args[1], n.args[0], g);
    for (std::size_t k = 0; k < n.args.size(); ++k) {
      if (!active_.at(n.args[k])) continue;
      if (const NodeId d = times_partial(pool_, y, k, g); d != kNone) give(s, n.args[k], d);
    }
  }

  Pool& pool_;
  const std::function<bool(const Node&)>& is_target_;
  std::unordered_map<NodeId, bool> active_;
  i64 budget_ = 1 << 16;  // nodes visited in all branches
};

}  // namespace

std::vector<Adjoint> adjoints(Pool& pool, NodeId root, NodeId seed, const std::function<bool(const Node&)>& is_target) {
  return Reverse(pool, is_target).run(root, seed);
}

}  // namespace tenon::expr
