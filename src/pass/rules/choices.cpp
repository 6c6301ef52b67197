// Comparisons, choices, and the larger or smaller of two.
#include <cmath>

#include "pass/rules/themes.h"

namespace tenon {

namespace {

Value truth_like(const Value& root, bool truth) {
  return Value(Node::make(make_op(Full{truth ? 1.0 : 0.0, DType::Bool, root.shape()}), {}), 0);
}

void add_comparisons(Theme& rules) {
  Var x, y;
  OpVar<Less> lt;
  OpVar<LessEqual> le;
  OpVar<Greater> gt;
  OpVar<GreaterEqual> ge;
  OpVar<Equal> eq;
  OpVar<NotEqual> ne;
  OpVar<LogicalNot> lnot;
  OpVar<Neg> minus, again;
  const auto no_float = [=](M m) { return !is_float(m[x]); };
  const auto floats = [=](M m) { return is_float(m[x]); };
  const auto always = [](bool truth) { return [truth](M m, B&) { return truth_like(m.root(), truth); }; };
  rules.exact("x < x is false", lt(x, x), always(false));
  rules.exact("x > x is false", gt(x, x), always(false));
  rules.exact("x == x is true but on floats", eq(x, x), no_float, always(true));
  rules.exact("x != x is false but on floats", ne(x, x), no_float, always(false));
  rules.exact("x <= x is true but on floats", le(x, x), no_float, always(true));
  rules.exact("x >= x is true but on floats", ge(x, x), no_float, always(true));
  rules.exact("x != x = is_nan(x) on floats", ne(x, x), floats, [=](M m, B&) { return is_nan(m[x]); });
  rules.exact("not(x == y) = (x != y)", lnot(eq(x, y)), [=](M m, B&) { return not_equal(m[x], m[y]); });
  rules.exact("not(x != y) = (x == y)", lnot(ne(x, y)), [=](M m, B&) { return equal(m[x], m[y]); });
  rules.exact("not(x < y) = (x >= y) but on floats", lnot(lt(x, y)), no_float, [=](M m, B&) { return m[x] >= m[y]; });
  rules.exact("not(x <= y) = (x > y) but on floats", lnot(le(x, y)), no_float, [=](M m, B&) { return m[x] > m[y]; });
  rules.exact("not(x > y) = (x <= y) but on floats", lnot(gt(x, y)), no_float, [=](M m, B&) { return m[x] <= m[y]; });
  rules.exact("not(x >= y) = (x < y) but on floats", lnot(ge(x, y)), no_float, [=](M m, B&) { return m[x] < m[y]; });
  rules.exact("-x < -y = (y < x) on floats", lt(minus(x), again(y)), floats, [=](M m, B&) { return m[y] < m[x]; });
  rules.exact("-x > -y = (y > x) on floats", gt(minus(x), again(y)), floats, [=](M m, B&) { return m[y] > m[x]; });
  rules.exact("-x == -y = (x == y)", eq(minus(x), again(y)), [=](M m, B&) { return equal(m[x], m[y]); });
  const auto bools = [=](M m) { return m[x].dtype() == DType::Bool && shaped_by(m, {x}); };
  rules.exact("x == true = x", eq(x, 1), bools, x);
  rules.exact("x != false = x", ne(x, 0), bools, x);
  rules.exact("x == false = not(x)", eq(x, 0), bools, [=](M m, B&) { return logical_not(m[x]); });
  rules.exact("x != true = not(x)", ne(x, 1), bools, [=](M m, B&) { return logical_not(m[x]); });
}

void add_where(Theme& rules) {
  Var c, x, y, z;
  OpVar<Where> pick, inner;
  OpVar<LogicalNot> lnot;
  const auto like = [](Var v) { return [v](M m) { return m[v].type() == m.root().type(); }; };
  const auto same_shape = [=](M m) { return m[c].shape() == m.root().shape(); };
  const auto bools = [=](M m) { return m[c].type() == m.root().type(); };
  rules.exact("where(true, x, y) = x", pick(1, x, y), like(x), x);
  rules.exact("where(false, x, y) = y", pick(0, x, y), like(y), y);
  rules.exact("where(c, x, x) = x", pick(c, x, x), like(x), x);
  rules.exact("where(not(c), x, y) = where(c, y, x)", pick(lnot(c), x, y),
              [=](M m, B&) { return where(m[c], m[y], m[x]); });
  rules.exact(
      "where(c, where(c, x, y), z) = where(c, x, z)", pick(c, inner(c, x, y), z),
      [=](M m) { return shaped_by(m, {c, x, z}); }, [=](M m, B&) { return where(m[c], m[x], m[z]); });
  rules.exact(
      "where(c, x, where(c, y, z)) = where(c, x, z)", pick(c, x, inner(c, y, z)),
      [=](M m) { return shaped_by(m, {c, x, z}); }, [=](M m, B&) { return where(m[c], m[x], m[z]); });
  rules.exact("where(c, true, false) = c", pick(c, 1, 0), bools, c);
  rules.exact("where(c, false, true) = not(c)", pick(c, 0, 1), bools, [=](M m, B&) { return logical_not(m[c]); });
  rules.exact(
      "where(c, 1, 0) = cast(c)", pick(c, 1, 0), [=](M m) { return same_shape(m) && m.root().dtype() != DType::Bool; },
      [=](M m, B&) { return cast(m[c], m.root().dtype()); });
  rules.exact(
      "where(c, 0, 1) = cast(not(c))", pick(c, 0, 1),
      [=](M m) { return same_shape(m) && m.root().dtype() != DType::Bool; },
      [=](M m, B&) { return cast(logical_not(m[c]), m.root().dtype()); });
}

void add_extremes(Theme& rules) {
  Var x, y, c, d;
  const Pattern C = Pattern::uniform(c), D = Pattern::uniform(d);
  OpVar<Maximum> high, high_again;
  OpVar<Minimum> low, low_again;
  OpVar<Neg> minus, again;
  OpVar<Relu> relu_;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  const auto ordered = [=](M m) {
    return typed_by(m, {x}) && !std::isnan(double_of(m[c])) && !std::isnan(double_of(m[d]));
  };
  const auto larger = [=](M m) {
    return constant_of(double_of(m[c]) >= double_of(m[d]) ? number_of(m[c]) : number_of(m[d]), m[x].dtype());
  };
  const auto smaller = [=](M m) {
    return constant_of(double_of(m[c]) <= double_of(m[d]) ? number_of(m[c]) : number_of(m[d]), m[x].dtype());
  };
  const double inf = INFINITY;
  rules.exact("maximum(x, -inf) = x", high(x, -inf), same, x);
  rules.exact("minimum(x, inf) = x", low(x, inf), same, x);
  rules.reassociating("maximum(maximum(x, c), d) = maximum(x, max(c, d))", high(high_again(x, C), D), ordered,
                      [=](M m, B&) { return maximum(m[x], larger(m)); });
  rules.reassociating("minimum(minimum(x, c), d) = minimum(x, min(c, d))", low(low_again(x, C), D), ordered,
                      [=](M m, B&) { return minimum(m[x], smaller(m)); });
  rules.reassociating(
      "maximum(-x, -y) = -minimum(x, y) on floats", high(minus(x), again(y)), [=](M m) { return is_float(m[x]); },
      [=](M m, B&) { return -minimum(m[x], m[y]); });
  rules.reassociating(
      "minimum(-x, -y) = -maximum(x, y) on floats", low(minus(x), again(y)), [=](M m) { return is_float(m[x]); },
      [=](M m, B&) { return -maximum(m[x], m[y]); });
  rules.reassociating("maximum(x, 0) = relu(x)", high(x, 0), same, [=](M m, B&) { return relu(m[x]); });
  rules.reassociating("minimum(relu(x), 6) = relu6(x)", low(relu_(x), 6), same, [=](M m, B&) { return relu6(m[x]); });
  const auto finite_floats = [=](M m) { return ordered(m) && is_float(m[x]) && double_of(m[c]) <= double_of(m[d]); };
  rules.reassociating("minimum(maximum(x, c), d) = clip(x, c, d) on floats", low(high(x, C), D), finite_floats,
                      [=](M m, B&) { return clip(m[x], double_of(m[c]), double_of(m[d])); });
  rules.reassociating("maximum(minimum(x, d), c) = clip(x, c, d) on floats", high(low(x, D), C), finite_floats,
                      [=](M m, B&) { return clip(m[x], double_of(m[c]), double_of(m[d])); });
}

void add_clips(Theme& rules) {
  Var x;
  OpVar<Clip> outer, inner;
  OpVar<Relu> relu_;
  const auto ordered = [](const Clip& k) { return k.min <= k.max; };
  rules.reassociating(
      "clip(clip(x)) = clip(x)", outer(inner(x)),
      [=](M m) { return is_float(m[x]) && ordered(m[outer]) && ordered(m[inner]); },
      [=](M m, B&) {
        const Clip &a = m[inner], &b = m[outer];
        return clip(m[x], std::min(std::max(a.min, b.min), b.max), std::max(std::min(a.max, b.max), b.min));
      });
  rules.reassociating(
      "relu(clip(x)) = clip(x) within the positive numbers", relu_(inner(x)),
      [=](M m) { return is_float(m[x]) && ordered(m[inner]) && m[inner].max >= 0; },
      [=](M m, B&) { return clip(m[x], std::max(m[inner].min, 0.0), m[inner].max); });
  rules.reassociating(
      "clip(relu(x)) = clip(x) within the positive numbers", inner(relu_(x)),
      [=](M m) { return is_float(m[x]) && ordered(m[inner]) && m[inner].max >= 0; },
      [=](M m, B&) { return clip(m[x], std::max(m[inner].min, 0.0), m[inner].max); });
}

}  // namespace

std::vector<AlgebraRule> choice_rules() {
  Theme rules("comparisons and choices");
  add_comparisons(rules);
  add_where(rules);
  add_extremes(rules);
  add_clips(rules);
  return rules.take();
}

}  // namespace tenon
