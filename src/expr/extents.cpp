// Integer expressions over extents: what shape arithmetic computes, before anything runs.
#include "expr/evaluate.h"

namespace tenon::expr {

namespace {

using Known = std::optional<Dim>;

/// Truth as 0 or 1, where it is decided.
Known compared(Fn fn, Dim a, Dim b) {
  switch (fn) {
    case Fn::Eq:
      if (a == b) return 1;
      return certainly_different(a, b) ? Known(0) : std::nullopt;
    case Fn::Lt:
      if (certainly_less(a, b)) return 1;
      return certainly_at_most(b, a) ? Known(0) : std::nullopt;
    case Fn::Le:
      if (certainly_at_most(a, b)) return 1;
      return certainly_less(b, a) ? Known(0) : std::nullopt;
    case Fn::Gt: return compared(Fn::Lt, b, a);
    case Fn::Ge: return compared(Fn::Le, b, a);
    default: break;
  }
  Known equal = compared(Fn::Eq, a, b);
  return equal ? Known(1 - *equal) : equal;
}

Known combined(Fn fn, Dim a, Dim b) {
  switch (fn) {
    case Fn::Add: return a + b;
    case Fn::Sub: return a - b;
    case Fn::Mul: return a * b;
    case Fn::Div:
      if (b.is_constant() && b > 0) return floor_div(a, b);
      return exact_quotient(a, b);
    case Fn::Mod:
      if (b.is_constant() && b > 0) return a - floor_div(a, b) * b;
      return exact_quotient(a, b) ? Known(0) : std::nullopt;
    case Fn::Max:
    case Fn::Min:
      if (certainly_at_most(a, b)) return fn == Fn::Max ? b : a;
      return certainly_at_most(b, a) ? Known(fn == Fn::Max ? a : b) : std::nullopt;
    case Fn::And: return a == 0 || b == 0 ? Known(0) : a == 1 && b == 1 ? Known(1) : std::nullopt;
    case Fn::Or: return a == 1 || b == 1 ? Known(1) : a == 0 && b == 0 ? Known(0) : std::nullopt;
    default: return is_comparison(fn) ? compared(fn, a, b) : std::nullopt;
  }
}

/// A formula of more points is none that computes a shape.
constexpr double kMostPoints = 1 << 16;

class Evaluator {
 public:
  Evaluator(const Expr& e, std::span<const Shape> in) : e_(e), in_(in), at_(e.domain.extent.size(), 0) {}

  std::optional<Shape> run() {
    double points = 1;
    for (const Dim d : e_.domain.extent) points *= static_cast<double>(d);
    if (points > kMostPoints) return {};
    Shape out;
    const i64 count = element_count(e_.type().shape);
    for (i64 k = 0; k < count; ++k) {
      acc_ = reduced();
      Known v = acc_ ? value(e_.post) : acc_;
      if (!v) return {};
      out.push_back(*v);
      step(0, e_.domain.parallel);
    }
    return out;
  }

 private:
  bool step(IndexId first, IndexId last) {
    for (IndexId i = last; i-- > first;) {
      auto k = static_cast<std::size_t>(i);
      if (++at_[k] < e_.domain.extent[k]) return true;
      at_[k] = 0;
    }
    return false;
  }

  Known reduced() {
    if (e_.reducer == Reducer::None) return value(e_.body);
    const Fn fn = e_.reducer == Reducer::Sum    ? Fn::Add
                  : e_.reducer == Reducer::Prod ? Fn::Mul
                  : e_.reducer == Reducer::Max  ? Fn::Max
                                                : Fn::Min;
    if (e_.reducer == Reducer::ArgMax || e_.reducer == Reducer::ArgMin) return {};
    for (IndexId i = e_.domain.parallel; i < e_.domain.indices(); ++i)
      if (e_.domain.extent[static_cast<std::size_t>(i)] == 0) return {};
    Known sum;
    bool first = true;
    do {
      Known v = value(e_.body);
      sum = first ? v : sum && v ? combined(fn, *sum, *v) : std::nullopt;
      first = false;
      if (!sum) return {};
    } while (step(e_.domain.parallel, e_.domain.indices()));
    return sum;
  }

  Known coordinate(const Coord& c) {
    Dim x = c.at.offset;
    for (const Term& t : c.at.terms) x += t.coef * at_[static_cast<std::size_t>(t.index)];
    auto whole = exact_quotient(x, c.at.den);
    if (!whole || c.data == kNone) return whole;
    Known data = value(c.data);
    return data ? Known(*whole + *data) : data;
  }

  Known load(const Node& n) {
    const Shape& shape = e_.in[static_cast<std::size_t>(n.operand)].shape;
    i64 position = 0;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      Known x = coordinate(n.at[d]);
      if (!x || !x->is_constant() || *x < 0 || *x >= shape[d]) return {};
      position = position * shape[d].value() + x->value();
    }
    return in_[static_cast<std::size_t>(n.operand)][static_cast<std::size_t>(position)];
  }

  Known guarded(const Node& n) {
    for (const Cond& c : n.cond) {
      Known x = coordinate(c.e);
      if (!x && c.e.data != kNone) return {};
      if (!x) return value(n.args[1]);  // no integer
      Known low = compared(Fn::Ge, *x, c.lo), high = compared(Fn::Lt, *x, c.hi);
      if ((low && *low == 0) || (high && *high == 0)) return value(n.args[1]);
      if (!low || !high) return {};
    }
    return value(n.args[0]);
  }

  Known value(NodeId id) {
    const Node& n = e_.node(id);
    if (is_float(n.dtype) || n.value.huge) return {};
    const bool wraps = is_integer(n.dtype) && !is_signed(n.dtype) && (n.kind == Kind::Cast || n.kind == Kind::Apply);
    if (wraps) return {};
    switch (n.kind) {
      case Kind::Const: return n.value.i;
      case Kind::Acc: return acc_;
      case Kind::Value: return coordinate(n.at[0]);
      case Kind::Load: return load(n);
      case Kind::Guard: return guarded(n);
      case Kind::Cast:
        return is_float(e_.node(n.args[0]).dtype) || bits_of(n.dtype) < 32 ? std::nullopt : value(n.args[0]);
      case Kind::Select: {
        Known c = value(n.args[0]);
        return c ? value(n.args[*c == 0 ? 2 : 1]) : c;
      }
      case Kind::Apply: break;
      case Kind::Reduce: return {};
    }
    Known a = value(n.args[0]);
    if (!a) return {};
    if (n.args.size() == 1) return n.fn == Fn::Neg ? Known(-*a) : n.fn == Fn::Not ? Known(1 - *a) : std::nullopt;
    Known b = value(n.args[1]);
    return b && n.args.size() == 2 ? combined(n.fn, *a, *b) : std::nullopt;
  }

  const Expr& e_;
  std::span<const Shape> in_;
  std::vector<i64> at_;
  Known acc_;
};

}  // namespace

std::optional<Shape> evaluate_extents(const Expr& e, std::span<const Shape> in) {
  try {
    return Evaluator(e, in).run();
  } catch (const Error&) {  // numbers beyond 64 bits
    return {};
  }
}

}  // namespace tenon::expr
