// What does nothing, or nothing the second time.
#include "pass/rules/themes.h"

namespace tenon {

namespace {

void add_neutral(Theme& rules) {
  Var x;
  OpVar<StopGradient> stop;
  OpVar<Add> add;
  OpVar<Sub> sub;
  OpVar<Mul> mul;
  OpVar<Div> div;
  OpVar<Clip> clip;
  OpVar<Dropout> dropout;
  Var key;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  rules.exact("stop_gradient(x) = x", stop(x), x);
  rules.exact("x * 1 = x", mul(x, 1), same, x);
  rules.exact("x / 1 = x", div(x, 1), same, x);
  rules.exact("x - 0 = x", sub(x, 0), same, x);
  rules.exact("x + 0 = x on integers", add(x, 0), [=](M m) { return typed_by(m, {x}) && !is_float(m[x]); }, x);
  rules.exact("x + -0 = x", add(x, -0.0), same, x);
  rules.exact(
      "clip(x) without bounds = x", clip(x),
      [=](M m) { return std::isinf(m[clip].min) && m[clip].min < 0 && std::isinf(m[clip].max) && m[clip].max > 0; }, x);
  rules.exact("dropout(x) of nothing = x", dropout(x, key), [=](M m) { return m[dropout].rate == 0; }, x);
}

void add_idempotent(Theme& rules) {
  Var x, y;
  OpVar<Abs> abs_, abs_again;
  OpVar<Sign> sign_, sign_again;
  OpVar<Relu> relu_, relu_again;
  OpVar<Relu6> relu6_, relu6_again;
  OpVar<Maximum> high, high_again;
  OpVar<Minimum> low, low_again;
  OpVar<Square> square_;
  OpVar<Exp> exp_;
  OpVar<Sigmoid> sigmoid_;
  OpVar<Softmax> softmax_;
  const auto floats = [=](M m) { return is_float(m[x]); };
  rules.exact("abs(abs(x)) = abs(x)", abs_(abs_again(x)), [=](M m, B&) { return m.value(abs_again); });
  rules.exact("sign(sign(x)) = sign(x)", sign_(sign_again(x)), [=](M m, B&) { return m.value(sign_again); });
  rules.exact("relu(relu(x)) = relu(x)", relu_(relu_again(x)), [=](M m, B&) { return m.value(relu_again); });
  rules.exact("relu6(relu6(x)) = relu6(x)", relu6_(relu6_again(x)), [=](M m, B&) { return m.value(relu6_again); });
  rules.exact("relu6(relu(x)) = relu6(x)", relu6_(relu_(x)), [=](M m, B&) { return relu6(m[x]); });
  rules.exact("relu(relu6(x)) = relu6(x)", relu_(relu6_(x)), [=](M m, B&) { return m.value(relu6_); });
  rules.exact("maximum(x, x) = x", high(x, x), x);
  rules.exact("minimum(x, x) = x", low(x, x), x);
  rules.reassociating(
      "maximum(maximum(x, y), y) = maximum(x, y)", high(high_again(x, y), y),
      [=](M m) { return m.value(high_again).type() == m.root().type(); }, [=](M m, B&) { return m.value(high_again); });
  rules.reassociating(
      "minimum(minimum(x, y), y) = minimum(x, y)", low(low_again(x, y), y),
      [=](M m) { return m.value(low_again).type() == m.root().type(); }, [=](M m, B&) { return m.value(low_again); });
  rules.exact("abs(square(x)) = square(x) on floats", abs_(square_(x)), floats,
              [=](M m, B&) { return m.value(square_); });
  rules.exact("square(abs(x)) = square(x)", square_(abs_(x)), [=](M m, B&) { return square(m[x]); });
  rules.exact("abs(exp(x)) = exp(x)", abs_(exp_(x)), [=](M m, B&) { return m.value(exp_); });
  rules.exact("relu(exp(x)) = exp(x)", relu_(exp_(x)), [=](M m, B&) { return m.value(exp_); });
  rules.exact("relu(square(x)) = square(x) on floats", relu_(square_(x)), floats,
              [=](M m, B&) { return m.value(square_); });
  rules.exact("relu(abs(x)) = abs(x) on floats", relu_(abs_(x)), floats, [=](M m, B&) { return m.value(abs_); });
  rules.exact("abs(sigmoid(x)) = sigmoid(x)", abs_(sigmoid_(x)), [=](M m, B&) { return m.value(sigmoid_); });
  rules.exact("relu(sigmoid(x)) = sigmoid(x)", relu_(sigmoid_(x)), [=](M m, B&) { return m.value(sigmoid_); });
  rules.exact("relu(softmax(x)) = softmax(x)", relu_(softmax_(x)), [=](M m, B&) { return m.value(softmax_); });
}

/// Rounding what is whole already.
template <class Outer, class Inner>
void add_rounding(Theme& rules) {
  Var x;
  OpVar<Outer> outer;
  OpVar<Inner> inner;
  rules.exact(fmt::format("{0}({1}(x)) = {1}(x)", Outer::name, Inner::name), outer(inner(x)),
              [=](M m, B&) { return m.value(inner); });
}

template <class Outer>
void add_roundings(Theme& rules) {
  add_rounding<Outer, Floor>(rules);
  add_rounding<Outer, Ceil>(rules);
  add_rounding<Outer, Round>(rules);
  add_rounding<Outer, Trunc>(rules);
  Var x;
  OpVar<Outer> outer;
  OpVar<Cast> cast_;
  rules.exact(
      fmt::format("{}(cast(x)) = cast(x) of integers", Outer::name), outer(cast_(x)),
      [=](M m) { return !is_float(m[x]); }, [=](M m, B&) { return m.value(cast_); });
}

}  // namespace

std::vector<AlgebraRule> identity_rules() {
  Theme rules("identities");
  add_neutral(rules);
  add_idempotent(rules);
  add_roundings<Floor>(rules);
  add_roundings<Ceil>(rules);
  add_roundings<Round>(rules);
  add_roundings<Trunc>(rules);
  return rules.take();
}

}  // namespace tenon
