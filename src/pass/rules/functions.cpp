// Powers, roots, exponentials, and the functions that they make up.
#include <cmath>

#include "pass/rules/themes.h"

namespace tenon {

namespace {

void add_powers(Theme& rules) {
  Var x;
  OpVar<Pow> power;
  OpVar<Mul> mul;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  const auto floats = [=](M m) { return typed_by(m, {x}) && is_float(m[x]); };
  rules.exact("pow(x, 1) = x", power(x, 1), same, x);
  rules.exact("pow(x, 0) = 1", power(x, 0), same,
              [=](M m, B&) { return Value(Node::make(make_op(Full{1, m[x].dtype(), m[x].shape()}), {}), 0); });
  rules.reassociating("pow(x, 2) = square(x)", power(x, 2), same, [=](M m, B&) { return square(m[x]); });
  rules.reassociating("pow(x, 3) = square(x) * x", power(x, 3), same, [=](M m, B&) { return square(m[x]) * m[x]; });
  rules.reassociating("pow(x, 4) = square(square(x))", power(x, 4), same,
                      [=](M m, B&) { return square(square(m[x])); });
  rules.reassociating("pow(x, -1) = reciprocal(x)", power(x, -1), floats, [=](M m, B&) { return reciprocal(m[x]); });
  rules.reassociating("pow(x, -2) = reciprocal(square(x))", power(x, -2), floats,
                      [=](M m, B&) { return reciprocal(square(m[x])); });
  rules.approximate("pow(x, 0.5) = sqrt(x)", power(x, 0.5), floats, [=](M m, B&) { return sqrt(m[x]); });
  rules.approximate("pow(x, -0.5) = rsqrt(x)", power(x, -0.5), floats, [=](M m, B&) { return rsqrt(m[x]); });
  rules.exact("x * x = square(x)", mul(x, x), [=](M m, B&) { return square(m[x]); });
}

/// Each element of x meets several of the result, for which one division is enough. Not of a single number: what is
/// divided by a scale is often rounded next, where the last bit decides.
bool is_repeated(const Value& x, const Value& result) {
  constexpr i64 kTimes = 4;
  return is_concrete(x.shape()) && is_concrete(result.shape()) &&
         element_count(result.shape()) >= kTimes * element_count(x.shape()) && element_count(x.shape()) > 1;
}

void add_roots(Theme& rules) {
  Var x, y;
  OpVar<Sqrt> sqrt_;
  OpVar<Rsqrt> rsqrt_;
  OpVar<Reciprocal> inverse, inverse_again;
  OpVar<Div> div;
  OpVar<Mul> mul;
  OpVar<Square> square_;
  const auto floats = [=](M m) { return is_float(m[x]); };
  rules.exact(
      "1 / x = reciprocal(x)", div(1, x), [=](M m) { return typed_by(m, {x}) && is_float(m[x]); },
      [=](M m, B&) { return reciprocal(m[x]); });
  rules.reassociating("reciprocal(sqrt(x)) = rsqrt(x)", inverse(sqrt_(x)), [=](M m, B&) { return rsqrt(m[x]); });
  rules.reassociating("reciprocal(rsqrt(x)) = sqrt(x)", inverse(rsqrt_(x)), [=](M m, B&) { return sqrt(m[x]); });
  rules.reassociating("sqrt(reciprocal(x)) = rsqrt(x)", sqrt_(inverse(x)), [=](M m, B&) { return rsqrt(m[x]); });
  rules.reassociating("y / sqrt(x) = y * rsqrt(x)", div(y, sqrt_(x)), [=](M m, B&) { return m[y] * rsqrt(m[x]); });
  rules.reassociating("y / rsqrt(x) = y * sqrt(x)", div(y, rsqrt_(x)), [=](M m, B&) { return m[y] * sqrt(m[x]); });
  rules.reassociating(
      "y * reciprocal(x) = y / x", mul(y, inverse(x)), [=](M m) { return !is_repeated(m[x], m.root()); },
      [=](M m, B&) { return m[y] / m[x]; });
  rules.reassociating(
      "y / x = y * reciprocal(x) where x is repeated", div(y, x),
      [=](M m) {
        const bool wide = m.root().dtype() == DType::F32 || m.root().dtype() == DType::F64;
        return wide && m[x].dtype() == m.root().dtype() && is_repeated(m[x], m.root());
      },
      [=](M m, B&) { return m[y] * reciprocal(m[x]); });
  rules.reassociating("y / reciprocal(x) = y * x", div(y, inverse(x)), floats, [=](M m, B&) { return m[y] * m[x]; });
  rules.approximate("reciprocal(reciprocal(x)) = x", inverse(inverse_again(x)), x);
  rules.approximate("sqrt(square(x)) = abs(x)", sqrt_(square_(x)), [=](M m, B&) { return abs(m[x]); });
  rules.approximate("square(sqrt(x)) = x", square_(sqrt_(x)), x);
}

void add_exponentials(Theme& rules) {
  Var x, y, c;
  OpVar<Exp> exp_, exp_again;
  OpVar<Log> log_, log_again;
  OpVar<Add> add;
  OpVar<Sub> sub;
  OpVar<Mul> mul;
  OpVar<Neg> minus;
  OpVar<Reciprocal> inverse;
  OpVar<Sigmoid> sigmoid_;
  OpVar<Softmax> softmax_;
  OpVar<LogSoftmax> log_softmax_;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  rules.reassociating("log(softmax(x)) = log_softmax(x)", log_(softmax_(x)),
                      [=](M m, B&) { return log_softmax(m[x], m[softmax_].axis); });
  rules.reassociating("log(x + 1) = log1p(x)", log_(add(x, 1)), same, [=](M m, B&) { return log1p(m[x]); });
  rules.reassociating("exp(x) - 1 = expm1(x)", sub(exp_(x), 1), same, [=](M m, B&) { return expm1(m[x]); });
  rules.reassociating("1 / exp(x) = exp(-x)", inverse(exp_(x)), [=](M m, B&) { return exp(-m[x]); });
  rules.reassociating("reciprocal(exp(-x) + 1) = sigmoid(x)", inverse(add(exp_(minus(x)), 1)), same,
                      [=](M m, B&) { return sigmoid(m[x]); });
  rules.reassociating("x * sigmoid(x) = silu(x)", mul(x, sigmoid_(x)), [=](M m, B&) { return silu(m[x]); });
  rules.reassociating("log(sigmoid(x)) = log_sigmoid(x)", log_(sigmoid_(x)),
                      [=](M m, B&) { return log_sigmoid(m[x]); });
  const auto finite = [=](M m) { return typed_by(m, {x}) && std::isfinite(double_of(m[c])); };
  for (const bool minus_c : {false, true}) {
    const Pattern shifted = minus_c ? sub(x, Pattern::uniform(c)) : add(x, Pattern::uniform(c));
    const char sign = minus_c ? '-' : '+';
    rules.reassociating(fmt::format("softmax(x {} c) = softmax(x)", sign), softmax_(shifted), finite,
                        [=](M m, B&) { return softmax(m[x], m[softmax_].axis); });
    rules.reassociating(fmt::format("log_softmax(x {} c) = log_softmax(x)", sign), log_softmax_(shifted), finite,
                        [=](M m, B&) { return log_softmax(m[x], m[log_softmax_].axis); });
  }
  rules.approximate("log(exp(x)) = x", log_(exp_(x)), x);
  rules.approximate("exp(log(x)) = x", exp_(log_(x)), x);
  rules.approximate("exp(x) * exp(y) = exp(x + y)", mul(exp_(x), exp_again(y)),
                    [=](M m, B&) { return exp(m[x] + m[y]); });
  rules.approximate("log(x) + log(y) = log(x * y)", add(log_(x), log_again(y)),
                    [=](M m, B&) { return log(m[x] * m[y]); });
}

}  // namespace

std::vector<AlgebraRule> function_rules() {
  Theme rules("functions");
  add_powers(rules);
  add_roots(rules);
  add_exponentials(rules);
  return rules.take();
}

}  // namespace tenon
