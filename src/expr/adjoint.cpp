#include "expr/adjoint.h"

#include <algorithm>
#include <numbers>

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
  NodeId number(NodeId like, double v) { return pool_.constant(Number(v), pool_[like].dtype); }
  NodeId one(Fn fn, NodeId x) { return pool_.apply(fn, {x}); }
  NodeId two(Fn fn, NodeId x, NodeId y) { return pool_.apply(fn, {x, y}); }
  NodeId mul(NodeId x, NodeId y) { return two(Fn::Mul, x, y); }
  NodeId neg(NodeId x) { return one(Fn::Neg, x); }

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
      case Kind::Apply: return n.args.size() == 1 ? unary(s, n, id, g) : binary(s, n, id, g);
      default: return;
    }
  }

  void unary(Scope& s, const Node& n, NodeId y, NodeId g) {
    NodeId x = n.args[0];
    auto slope = [&](NodeId d) { give(s, x, mul(g, d)); };
    switch (n.fn) {
      case Fn::Neg: return give(s, x, neg(g));
      case Fn::Abs: return slope(one(Fn::Sign, x));
      case Fn::Exp: return slope(y);
      case Fn::Log: return give(s, x, two(Fn::Div, g, x));
      case Fn::Log1p: return give(s, x, two(Fn::Div, g, pool_.add(number(x, 1), x)));
      case Fn::Expm1: return slope(one(Fn::Exp, x));
      case Fn::Sqrt: return slope(two(Fn::Div, number(x, 0.5), y));
      case Fn::Rsqrt: return slope(mul(number(x, -0.5), mul(y, mul(y, y))));
      case Fn::Sin: return slope(one(Fn::Cos, x));
      case Fn::Cos: return slope(neg(one(Fn::Sin, x)));
      case Fn::Tanh: return slope(two(Fn::Sub, number(x, 1), mul(y, y)));
      case Fn::Erf: return slope(mul(number(x, 2 * std::numbers::inv_sqrtpi), one(Fn::Exp, neg(mul(x, x)))));
      case Fn::Sigmoid: return slope(mul(y, two(Fn::Sub, number(x, 1), y)));
      default: return;  // constant between steps
    }
  }

  void binary(Scope& s, const Node& n, NodeId y, NodeId g) {
    NodeId a = n.args[0], b = n.args[1];
    switch (n.fn) {
      case Fn::Add: return give(s, a, g), give(s, b, g);
      case Fn::Sub: return give(s, a, g), give(s, b, neg(g));
      case Fn::Mul: return give(s, a, mul(g, b)), give(s, b, mul(g, a));
      case Fn::Div: return give(s, a, two(Fn::Div, g, b)), give(s, b, neg(mul(g, two(Fn::Div, y, b))));
      case Fn::Mod: return give(s, a, g), give(s, b, neg(mul(g, one(Fn::Floor, two(Fn::Div, a, b)))));
      case Fn::Atan2: return angle(s, a, b, g);
      case Fn::Max: return choose(s, two(Fn::Lt, a, b), b, a, g);
      case Fn::Min: return choose(s, two(Fn::Lt, b, a), b, a, g);
      case Fn::Pow: return power(s, a, b, y, g);
      default: return;
    }
  }

  /// (x dy - y dx) / (x^2 + y^2), and 0 at the origin.
  void angle(Scope& s, NodeId y, NodeId x, NodeId g) {
    NodeId square = pool_.add(mul(x, x), mul(y, y)), none = zero(pool_[x].dtype);
    NodeId scale = pool_.select(two(Fn::Eq, square, none), none, two(Fn::Div, g, square));
    give(s, y, mul(scale, x));
    give(s, x, neg(mul(scale, y)));
  }

  /// b * a^(b-1) is taken as 0 where b is 0, and a^b * log(a) as 0 where a is 0.
  void power(Scope& s, NodeId a, NodeId b, NodeId y, NodeId g) {
    NodeId none = zero(pool_[a].dtype), less = two(Fn::Sub, b, number(b, 1));
    const Node exponent = pool_[b];
    if (exponent.kind == Kind::Const) {
      double p = exponent.value.as_double();
      if (p != 0) give(s, a, mul(g, p == 2 ? mul(b, a) : mul(b, two(Fn::Pow, a, number(b, p - 1)))));
    } else if (active_.at(a)) {
      give(s, a, pool_.select(two(Fn::Eq, b, none), none, mul(g, mul(b, two(Fn::Pow, a, less)))));
    }
    if (active_.at(b)) give(s, b, pool_.select(two(Fn::Eq, a, none), none, mul(g, mul(y, one(Fn::Log, a)))));
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
