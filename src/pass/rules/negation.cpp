// Signs, moved to where they meet others.
#include "pass/rules/themes.h"

namespace tenon {

namespace {

/// f(-x) = -f(x).
template <class F>
void add_odd(Theme& rules) {
  Var x;
  OpVar<F> f;
  OpVar<Neg> minus;
  rules.reassociating(
      fmt::format("{0}(-x) = -{0}(x) on floats", F::name), f(minus(x)), [=](M m) { return is_float(m[x]); },
      [=](M m, B&) { return -detail::apply_to<Value>(F{}, {m[x]}); });
}

/// f(-x) = f(x).
template <class F>
void add_even(Theme& rules, bool exact) {
  Var x;
  OpVar<F> f;
  OpVar<Neg> minus;
  const std::string name = fmt::format("{0}(-x) = {0}(x)", F::name);
  const Rule::Condition when = [=](M m) { return is_signed(m[x].dtype()); };
  const Rule::Replacement by = [=](M m, B&) { return detail::apply_to<Value>(F{}, {m[x]}); };
  if (exact)
    rules.exact(name, f(minus(x)), when, by);
  else
    rules.reassociating(name, f(minus(x)), when, by);
}

}  // namespace

std::vector<AlgebraRule> negation_rules() {
  Theme rules("negation");
  Var x, y, c;
  OpVar<Neg> minus, again;
  OpVar<Add> add;
  OpVar<Sub> sub;
  OpVar<Mul> mul;
  OpVar<Div> div;
  const auto floats = [=](M m) { return is_float(m[x]); };
  const auto integers = [=](M m) { return !is_float(m[x]); };
  rules.exact("-(-x) = x", minus(again(x)), x);
  rules.exact("x + -y = x - y", add(x, minus(y)), [=](M m, B&) { return m[x] - m[y]; });
  rules.exact("x - -y = x + y", sub(x, minus(y)), [=](M m, B&) { return m[x] + m[y]; });
  rules.exact("-0 - x = -x", sub(-0.0, x), [=](M m) { return typed_by(m, {x}); }, [=](M m, B&) { return -m[x]; });
  rules.exact(
      "0 - x = -x on integers", sub(0, x), [=](M m) { return typed_by(m, {x}) && !is_float(m[x]); },
      [=](M m, B&) { return -m[x]; });
  rules.exact("x * -1 = -x", mul(x, -1), [=](M m) { return typed_by(m, {x}); }, [=](M m, B&) { return -m[x]; });
  rules.exact(
      "x / -1 = -x on floats", div(x, -1), [=](M m) { return typed_by(m, {x}) && is_float(m[x]); },
      [=](M m, B&) { return -m[x]; });
  rules.exact("-x * -y = x * y", mul(minus(x), again(y)), [=](M m, B&) { return m[x] * m[y]; });
  rules.exact("-x / -y = x / y on floats", div(minus(x), again(y)), floats, [=](M m, B&) { return m[x] / m[y]; });
  rules.exact(
      "-x * c = x * -c", mul(minus(x), Pattern::uniform(c)), [=](M m) { return typed_by(m, {x}) && is_float(m[x]); },
      [=](M m, B&) { return m[x] * constant_of(-double_of(m[c]), m[x].dtype()); });
  rules.exact(
      "-(x * c) = x * -c", minus(mul(x, Pattern::uniform(c))), [=](M m) { return typed_by(m, {x}) && is_float(m[x]); },
      [=](M m, B&) { return m[x] * constant_of(-double_of(m[c]), m[x].dtype()); });
  rules.exact(
      "-x / c = x / -c", div(minus(x), Pattern::uniform(c)), [=](M m) { return typed_by(m, {x}) && is_float(m[x]); },
      [=](M m, B&) { return m[x] / constant_of(-double_of(m[c]), m[x].dtype()); });
  rules.exact("-(x - y) = y - x on integers", minus(sub(x, y)), integers, [=](M m, B&) { return m[y] - m[x]; });
  rules.reassociating("-(x - y) = y - x on floats", minus(sub(x, y)), floats, [=](M m, B&) { return m[y] - m[x]; });
  rules.reassociating("-x - y = -(x + y)", sub(minus(x), y), [=](M m, B&) { return -(m[x] + m[y]); });
  rules.exact("-x * y = -(x * y)", mul(minus(x), y), [=](M m, B&) { return -(m[x] * m[y]); });
  rules.exact("-x / y = -(x / y) on floats", div(minus(x), y), floats, [=](M m, B&) { return -(m[x] / m[y]); });
  rules.exact("x / -y = -(x / y) on floats", div(x, minus(y)), floats, [=](M m, B&) { return -(m[x] / m[y]); });
  add_even<Abs>(rules, true);
  add_even<Square>(rules, true);
  add_even<Cos>(rules, false);
  add_even<Cosh>(rules, false);
  add_odd<Sin>(rules);
  add_odd<Tan>(rules);
  add_odd<Asin>(rules);
  add_odd<Atan>(rules);
  add_odd<Sinh>(rules);
  add_odd<Tanh>(rules);
  add_odd<Erf>(rules);
  add_odd<Sign>(rules);
  return rules.take();
}

}  // namespace tenon
