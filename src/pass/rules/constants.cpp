// Constants are collected, and what multiplies or divides by some is made cheaper.
#include <cmath>

#include "pass/rules/themes.h"

namespace tenon {

namespace {

i64 wrapped(i64 a, i64 b, char op) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  return static_cast<i64>(op == '+' ? x + y : op == '-' ? x - y : x * y);
}

double least_normal(DType t) {
  switch (t) {
    case DType::F64: return 0x1p-1022;
    case DType::F16: return 0x1p-14;
    case DType::F32:
    case DType::BF16: return 0x1p-126;
    default: return std::ldexp(1, 1 - float8_format(t).bias);
  }
}

/// c op d in the type of both; nothing where floats leave the finite numbers.
std::optional<Number> combined(const Value& c, const Value& d, char op) {
  const Number a = number_of(c), b = number_of(d);
  if (a.integral) return Number::of_int(wrapped(a.i, b.i, op)).rounded_to(c.dtype());
  const double r = op == '+' ? a.f + b.f : op == '-' ? a.f - b.f : op == '*' ? a.f * b.f : a.f / b.f;
  const Number n = Number(r).rounded_to(c.dtype());
  // A product that is no normal number has few digits left.
  const bool lost = (op == '*' || op == '/') && a.f != 0 && std::abs(n.f) < least_normal(c.dtype());
  return std::isfinite(n.f) && !lost ? std::optional(n) : std::nullopt;
}

/// A power of two of which the type has the inverse as a normal number.
bool has_exact_inverse(const Value& c) {
  int exponent = 0;
  const double x = double_of(c);
  if (!std::isfinite(x) || std::abs(std::frexp(x, &exponent)) != 0.5) return false;
  return std::abs(1 / x) >= least_normal(c.dtype()) && std::abs(1 / x) <= highest_of(c.dtype());
}

/// The rules for (x `inner` c) `outer` d, as `make` says of the combined constant.
using Make = Value (*)(const Value& x, const Value& combined);
void add_collected(Theme& rules, std::string_view name, const Pattern& pattern, Var x, Var c, Var d, char op, bool swap,
                   bool floats_only, Make make) {
  const auto constant = [=](M m) { return swap ? combined(m[d], m[c], op) : combined(m[c], m[d], op); };
  rules.reassociating(
      std::string(name), pattern,
      [=](M m) { return typed_by(m, {x}) && (!floats_only || is_float(m[x])) && constant(m).has_value(); },
      [=](M m, B&) { return make(m[x], constant_of(*constant(m), m[x].dtype())); });
}

void add_sums(Theme& rules) {
  Var x, c, d;
  const Pattern C = Pattern::uniform(c), D = Pattern::uniform(d);
  OpVar<Add> add, plus;
  OpVar<Sub> sub, minus;
  const Make added = [](const Value& v, const Value& k) { return v + k; };
  const Make taken = [](const Value& v, const Value& k) { return k - v; };
  const Make less = [](const Value& v, const Value& k) { return v - k; };
  add_collected(rules, "(x + c) + d = x + (c + d)", add(plus(x, C), D), x, c, d, '+', false, false, added);
  add_collected(rules, "(x + c) - d = x + (c - d)", sub(plus(x, C), D), x, c, d, '-', false, false, added);
  add_collected(rules, "(x - c) + d = x + (d - c)", add(minus(x, C), D), x, c, d, '-', true, false, added);
  add_collected(rules, "(x - c) - d = x - (c + d)", sub(minus(x, C), D), x, c, d, '+', false, false, less);
  add_collected(rules, "(c - x) + d = (c + d) - x", add(minus(C, x), D), x, c, d, '+', false, false, taken);
  add_collected(rules, "(c - x) - d = (c - d) - x", sub(minus(C, x), D), x, c, d, '-', false, false, taken);
  add_collected(rules, "d - (x + c) = (d - c) - x", sub(D, plus(x, C)), x, c, d, '-', true, false, taken);
  add_collected(rules, "d - (x - c) = (c + d) - x", sub(D, minus(x, C)), x, c, d, '+', false, false, taken);
  add_collected(rules, "d - (c - x) = x + (d - c)", sub(D, minus(C, x)), x, c, d, '-', true, false, added);
}

void add_products(Theme& rules) {
  Var x, c, d;
  const Pattern C = Pattern::uniform(c), D = Pattern::uniform(d);
  OpVar<Mul> mul, times;
  OpVar<Div> div, over;
  OpVar<Add> add;
  OpVar<Sub> sub;
  const Make multiplied = [](const Value& v, const Value& k) { return v * k; };
  const Make divided = [](const Value& v, const Value& k) { return v / k; };
  add_collected(rules, "(x * c) * d = x * (c * d)", mul(times(x, C), D), x, c, d, '*', false, false, multiplied);
  add_collected(rules, "(x * c) / d = x * (c / d) on floats", div(times(x, C), D), x, c, d, '/', false, true,
                multiplied);
  add_collected(rules, "(x / c) * d = x * (d / c) on floats", mul(over(x, C), D), x, c, d, '/', true, true, multiplied);
  add_collected(rules, "(x / c) / d = x / (c * d) on floats", div(over(x, C), D), x, c, d, '*', false, true, divided);
  add_collected(rules, "x * c + x * d = x * (c + d)", add(mul(x, C), times(x, D)), x, c, d, '+', false, false,
                multiplied);
  add_collected(rules, "x * c - x * d = x * (c - d)", sub(mul(x, C), times(x, D)), x, c, d, '-', false, false,
                multiplied);
  rules.exact(
      "x + x = x * 2 on floats", add(x, x), [=](M m) { return is_float(m[x]); }, [=](M m, B&) { return m[x] * 2.0; });
  rules.exact(
      "x / c = x * (1 / c) for powers of two", div(x, C),
      [=](M m) { return typed_by(m, {x}) && is_float(m[x]) && has_exact_inverse(m[c]); },
      [=](M m, B&) { return m[x] * constant_of(1 / double_of(m[c]), m[x].dtype()); });
  rules.approximate(
      "x / c = x * (1 / c)", div(x, C),
      [=](M m) {
        const double inverse = Number(1 / double_of(m[c])).rounded_to(m[c].dtype()).as_double();
        return typed_by(m, {x}) && is_float(m[x]) && !is_float8(m[x].dtype()) && std::isnormal(inverse) &&
               !has_exact_inverse(m[c]);
      },
      [=](M m, B&) { return m[x] * constant_of(1 / double_of(m[c]), m[x].dtype()); });
}

}  // namespace

std::vector<AlgebraRule> constant_rules() {
  Theme rules("constants");
  add_sums(rules);
  add_products(rules);
  return rules.take();
}

}  // namespace tenon
