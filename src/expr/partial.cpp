#include "expr/partial.h"

#include <numbers>

namespace tenon::expr {

namespace {

class Partial {
 public:
  Partial(Pool& pool, NodeId y, NodeId g) : pool_(pool), y_(y), g_(g) {}

  NodeId unary(Fn fn, NodeId x) {
    switch (fn) {
      case Fn::Neg: return neg(g_);
      case Fn::Abs: return slope(one(Fn::Sign, x));
      case Fn::Exp: return slope(y_);
      case Fn::Log: return two(Fn::Div, g_, x);
      case Fn::Log1p: return two(Fn::Div, g_, pool_.add(number(x, 1), x));
      case Fn::Expm1: return slope(one(Fn::Exp, x));
      case Fn::Sqrt: return slope(two(Fn::Div, number(x, 0.5), y_));
      case Fn::Rsqrt: return slope(mul(number(x, -0.5), mul(y_, mul(y_, y_))));
      case Fn::Sin: return slope(one(Fn::Cos, x));
      case Fn::Cos: return slope(neg(one(Fn::Sin, x)));
      case Fn::Tanh: return slope(two(Fn::Sub, number(x, 1), mul(y_, y_)));
      case Fn::Erf: return slope(mul(number(x, 2 * std::numbers::inv_sqrtpi), one(Fn::Exp, neg(mul(x, x)))));
      case Fn::Sigmoid: return slope(mul(y_, two(Fn::Sub, number(x, 1), y_)));
      default: return kNone;  // constant between steps
    }
  }

  NodeId by_first(Fn fn, NodeId a, NodeId b) {
    switch (fn) {
      case Fn::Add:
      case Fn::Sub:
      case Fn::Mod: return g_;
      case Fn::Mul: return mul(g_, b);
      case Fn::Div: return two(Fn::Div, g_, b);
      case Fn::Atan2: return mul(angle_scale(a, b), b);
      case Fn::Pow: return by_base(a, b);
      default: return kNone;
    }
  }

  NodeId by_second(Fn fn, NodeId a, NodeId b) {
    switch (fn) {
      case Fn::Add: return g_;
      case Fn::Sub: return neg(g_);
      case Fn::Mul: return mul(g_, a);
      case Fn::Div: return neg(mul(g_, two(Fn::Div, y_, b)));
      case Fn::Mod: return neg(mul(g_, one(Fn::Floor, two(Fn::Div, a, b))));
      case Fn::Atan2: return neg(mul(angle_scale(a, b), a));
      case Fn::Pow: {  // a^b * log(a) is taken as 0 where a is 0
        const NodeId none = zero(a);
        return pool_.select(two(Fn::Eq, a, none), none, mul(g_, mul(y_, one(Fn::Log, a))));
      }
      default: return kNone;
    }
  }

 private:
  /// b * a^(b-1) is taken as 0 where b is 0.
  NodeId by_base(NodeId a, NodeId b) {
    const Node exponent = pool_[b];
    if (exponent.kind == Kind::Const) {
      const double p = exponent.value.as_double();
      if (p == 0) return kNone;
      return mul(g_, p == 2 ? mul(b, a) : mul(b, two(Fn::Pow, a, number(b, p - 1))));
    }
    const NodeId none = zero(a), less = two(Fn::Sub, b, number(b, 1));
    return pool_.select(two(Fn::Eq, b, none), none, mul(g_, mul(b, two(Fn::Pow, a, less))));
  }

  /// g / (x^2 + y^2), and 0 at the origin: the angle changes by (x dy - y dx) / (x^2 + y^2).
  NodeId angle_scale(NodeId y, NodeId x) {
    const NodeId square = pool_.add(mul(x, x), mul(y, y)), none = zero(x);
    return pool_.select(two(Fn::Eq, square, none), none, two(Fn::Div, g_, square));
  }

  NodeId zero(NodeId like) { return pool_.zero(pool_[like].dtype); }
  NodeId number(NodeId like, double v) { return pool_.constant(Number(v), pool_[like].dtype); }
  NodeId one(Fn fn, NodeId x) { return pool_.apply(fn, {x}); }
  NodeId two(Fn fn, NodeId x, NodeId y) { return pool_.apply(fn, {x, y}); }
  NodeId mul(NodeId x, NodeId y) { return two(Fn::Mul, x, y); }
  NodeId neg(NodeId x) { return one(Fn::Neg, x); }
  NodeId slope(NodeId d) { return mul(g_, d); }

  Pool& pool_;
  NodeId y_, g_;
};

}  // namespace

NodeId times_partial(Pool& pool, NodeId node, std::size_t k, NodeId g) {
  const Node n = pool[node];
  expect(n.kind == Kind::Apply && n.fn != Fn::Max && n.fn != Fn::Min, "partial derivatives are of smooth functions");
  Partial partial(pool, node, g);
  switch (n.args.size()) {
    case 1: return partial.unary(n.fn, n.args[0]);
    case 2:
      return k == 0 ? partial.by_first(n.fn, n.args[0], n.args[1]) : partial.by_second(n.fn, n.args[0], n.args[1]);
    default: return kNone;
  }
}

NodeId chosen_second(Pool& pool, NodeId node) {
  const Node n = pool[node];
  const NodeId a = n.args[0], b = n.args[1];
  return n.fn == Fn::Max ? pool.apply(Fn::Lt, {a, b}) : pool.apply(Fn::Lt, {b, a});
}

}  // namespace tenon::expr
