// Bits and whole numbers: all exact, since integers wrap around.
#include <bit>
#include <cmath>

#include "pass/rules/themes.h"

namespace tenon {

namespace {

Value zeros_like(const Value& root) { return Value(Node::make(make_op(Full{0, root.dtype(), root.shape()}), {}), 0); }
Value filled_like(const Value& root, double x) {
  return Value(Node::make(make_op(Full{x, root.dtype(), root.shape()}), {}), 0);
}

/// k where the constant is 2^k, above 1 and positive in its type; else -1.
int power_of_two(const Value& c) {
  const i64 x = number_of(c).as_int();
  if (x < 2 || !std::has_single_bit(static_cast<std::uint64_t>(x))) return -1;
  return std::countr_zero(static_cast<std::uint64_t>(x));
}

void add_logic(Theme& rules) {
  Var x, y;
  OpVar<LogicalAnd> land, land_again;
  OpVar<LogicalOr> lor, lor_again;
  OpVar<LogicalXor> lxor;
  OpVar<LogicalNot> lnot, lnot_again;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  rules.exact("not(not(x)) = x", lnot(lnot_again(x)), x);
  rules.exact("x and x = x", land(x, x), x);
  rules.exact("x or x = x", lor(x, x), x);
  rules.exact("x xor x = false", lxor(x, x), [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("x and true = x", land(x, 1), same, x);
  rules.exact("x or false = x", lor(x, 0), same, x);
  rules.exact("x xor false = x", lxor(x, 0), same, x);
  rules.exact("x and false = false", land(x, 0), [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("x or true = true", lor(x, 1), [=](M m, B&) { return filled_like(m.root(), 1); });
  rules.exact("x xor true = not(x)", lxor(x, 1), same, [=](M m, B&) { return logical_not(m[x]); });
  rules.exact("not(x) and not(y) = not(x or y)", land(lnot(x), lnot_again(y)),
              [=](M m, B&) { return logical_not(logical_or(m[x], m[y])); });
  rules.exact("not(x) or not(y) = not(x and y)", lor(lnot(x), lnot_again(y)),
              [=](M m, B&) { return logical_not(logical_and(m[x], m[y])); });
  rules.exact("x and not(x) = false", land(x, lnot(x)), [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("x or not(x) = true", lor(x, lnot(x)), [=](M m, B&) { return filled_like(m.root(), 1); });
  rules.exact("x or (x and y) = x", lor(x, land_again(x, y)), same, x);
  rules.exact("x and (x or y) = x", land(x, lor_again(x, y)), same, x);
}

void add_bits(Theme& rules) {
  Var x, y, c, d;
  const Pattern C = Pattern::uniform(c), D = Pattern::uniform(d);
  OpVar<BitAnd> band, band_again;
  OpVar<BitOr> bor, bor_again;
  OpVar<BitXor> bxor, bxor_again;
  OpVar<BitNot> bnot, bnot_again;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  const auto collect = [&](std::string_view name, const Pattern& p, auto make) {
    rules.exact(std::string(name), p, same, [=](M m, B&) { return make(m[x], number_of(m[c]).i, number_of(m[d]).i); });
  };
  const auto whole = [](i64 n, const Value& like) { return constant_of(Number::of_int(n), like.dtype()); };
  rules.exact("~~x = x", bnot(bnot_again(x)), x);
  rules.exact("x & x = x", band(x, x), x);
  rules.exact("x | x = x", bor(x, x), x);
  rules.exact("x ^ x = 0", bxor(x, x), [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("x & 0 = 0", band(x, 0), [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("x | 0 = x", bor(x, 0), same, x);
  rules.exact("x ^ 0 = x", bxor(x, 0), same, x);
  rules.exact("x & -1 = x", band(x, -1), same, x);
  rules.exact("x | -1 = -1", bor(x, -1), [=](M m, B&) { return filled_like(m.root(), -1); });
  rules.exact("x ^ -1 = ~x", bxor(x, -1), same, [=](M m, B&) { return bit_not(m[x]); });
  rules.exact("~x & ~y = ~(x | y)", band(bnot(x), bnot_again(y)), [=](M m, B&) { return bit_not(bit_or(m[x], m[y])); });
  rules.exact("~x | ~y = ~(x & y)", bor(bnot(x), bnot_again(y)), [=](M m, B&) { return bit_not(bit_and(m[x], m[y])); });
  rules.exact("~x ^ ~y = x ^ y", bxor(bnot(x), bnot_again(y)), [=](M m, B&) { return bit_xor(m[x], m[y]); });
  rules.exact("(x ^ y) ^ y = x", bxor(bxor_again(x, y), y), same, x);
  collect("(x & c) & d = x & (c & d)", band(band_again(x, C), D),
          [=](const Value& v, i64 a, i64 b) { return bit_and(v, whole(a & b, v)); });
  collect("(x | c) | d = x | (c | d)", bor(bor_again(x, C), D),
          [=](const Value& v, i64 a, i64 b) { return bit_or(v, whole(a | b, v)); });
  collect("(x ^ c) ^ d = x ^ (c ^ d)", bxor(bxor_again(x, C), D),
          [=](const Value& v, i64 a, i64 b) { return bit_xor(v, whole(a ^ b, v)); });
}

void add_shifts(Theme& rules) {
  Var x, c, d;
  const Pattern C = Pattern::uniform(c), D = Pattern::uniform(d);
  OpVar<ShiftLeft> left, left_again;
  OpVar<ShiftRight> right, right_again;
  OpVar<Mul> mul;
  OpVar<Div> div;
  OpVar<Mod> mod_;
  const auto same = [=](M m) { return typed_by(m, {x}); };
  const auto both_inside = [=](M m) {
    const i64 a = number_of(m[c]).i, b = number_of(m[d]).i, bits = value_bits_of(m[x].dtype());
    return typed_by(m, {x}) && a >= 0 && b >= 0 && a < bits && b < bits && a + b < bits;
  };
  const auto total = [=](M m) {
    return constant_of(Number::of_int(number_of(m[c]).i + number_of(m[d]).i), m[x].dtype());
  };
  const auto integer_power = [=](M m) { return typed_by(m, {x}) && is_integer(m[x]) && power_of_two(m[c]) > 0; };
  const auto exponent = [=](M m) { return constant_of(Number::of_int(power_of_two(m[c])), m[x].dtype()); };
  rules.exact("x << 0 = x", left(x, 0), same, x);
  rules.exact("x >> 0 = x", right(x, 0), same, x);
  rules.exact("(x << c) << d = x << (c + d)", left(left_again(x, C), D), both_inside,
              [=](M m, B&) { return shift_left(m[x], total(m)); });
  rules.exact("(x >> c) >> d = x >> (c + d)", right(right_again(x, C), D), both_inside,
              [=](M m, B&) { return shift_right(m[x], total(m)); });
  rules.exact("x * 2^k = x << k on integers", mul(x, C), integer_power,
              [=](M m, B&) { return shift_left(m[x], exponent(m)); });
  rules.exact("x / 2^k = x >> k on integers", div(x, C), integer_power,
              [=](M m, B&) { return shift_right(m[x], exponent(m)); });
  rules.exact("mod(x, 2^k) = x & (2^k - 1) on integers", mod_(x, C), integer_power,
              [=](M m, B&) { return bit_and(m[x], constant_of(Number::of_int(number_of(m[c]).i - 1), m[x].dtype())); });
}

void add_whole_sums(Theme& rules) {
  Var x, y;
  OpVar<Add> add;
  OpVar<Sub> sub, sub_again;
  OpVar<Mul> mul;
  OpVar<Mod> mod_, mod_again;
  OpVar<FloorDivide> over;
  const auto whole = [=](M m) { return typed_by(m, {x}) && is_integer(m[x]); };
  rules.exact("x - x = 0 on integers", sub(x, x), whole, [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact(
      "x * 0 = 0 on integers", mul(x, 0), [=](M m) { return is_integer(m[x]); },
      [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("(x - y) + y = x on integers", add(sub(x, y), y), whole, x);
  rules.exact("(x + y) - y = x on integers", sub(add(x, y), y), whole, x);
  rules.exact(
      "x - (x - y) = y on integers", sub(x, sub_again(x, y)), [=](M m) { return typed_by(m, {y}) && is_integer(m[x]); },
      y);
  rules.exact("mod(x, 1) = 0 on integers", mod_(x, 1), whole, [=](M m, B&) { return zeros_like(m.root()); });
  rules.exact("floor_divide(x, 1) = x on integers", over(x, 1), whole, x);
  rules.exact(
      "mod(mod(x, y), y) = mod(x, y) on integers", mod_(mod_again(x, y), y),
      [=](M m) { return is_integer(m[x]) && m.value(mod_again).type() == m.root().type(); },
      [=](M m, B&) { return m.value(mod_again); });
}

}  // namespace

std::vector<AlgebraRule> integer_rules() {
  Theme rules("integers and bits");
  add_logic(rules);
  add_bits(rules);
  add_shifts(rules);
  add_whole_sums(rules);
  return rules.take();
}

}  // namespace tenon
