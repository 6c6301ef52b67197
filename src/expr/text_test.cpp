// The text form of expressions: exact texts, reading back, mistakes with their column, hostile input.
#include "expr/text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "expr/testing.h"

namespace tenon::expr {
namespace {

Type f32(Shape shape) { return {DType::F32, std::move(shape)}; }

void round_trip(const Expr& e, std::string_view text) {
  EXPECT_EQ(to_text(e), text);
  EXPECT_EQ(parse(text, e.in), e);
}

TEST(Text, Matmul) {
  Type ta = f32({128, 32}), tb = f32({32, 10});
  Index i("i", 128), j("j", 10), k("k", 32);
  round_trip(compute({ta, tb}, {i, j}, max(sum({k}, Input(0, ta)(i, k) * Input(1, tb)(k, j)), 0)),
             "[i0:128, i1:10 | k0:32] sum f32: x0[i0, k0] * x1[k0, i1] -> max(acc, 0:f32)");
}

TEST(Text, FunctionsThatAreCalledLikeReducersUnderReducers) {
  const Type t = f32({4, 3});
  const Index i("i", 4), k("k", 3);
  const Scalar x = Input(0, t)(i, k);
  round_trip(compute({t}, {i}, sum({k}, max(x, 0))), "[i0:4 | k0:3] sum f32: max(x0[i0, k0], 0:f32)");
  for (const Scalar& body : {max(x, 0), min(x, 0)})
    for (const Scalar& all : {prod({k}, body), max({k}, body), min({k}, body)}) {
      const Expr e = compute({t}, {i}, all);
      EXPECT_EQ(parse(to_text(e), e.in), e);
    }
}

TEST(Text, AccessesConditionsAndJoins) {
  Type t = f32({9, 6}), ids{DType::I32, {4}};
  Input x(0, t), id(1, ids);
  Index i("i", 4), g("g", 2), k("k", 3), r("r", 3);
  round_trip(compute({t}, {i, join(g, k)}, x(i * 2 + 1, 5 - (3 * g + k))),
             "[i0:4, (i1:2, i2:3)] x0[2*i0 + 1, -3*i1 - i2 + 5]");
  round_trip(compute({t}, {i}, sum({r}, x.outside(-1)(exact_div(i + r, 2) * 3 - 1, 0))),
             "[i0:4 | k0:3] sum f32: guard(0 <= (3*i0 + 3*k0 - 2)/2 < 9; x0[(3*i0 + 3*k0 - 2)/2, 0]; -1:f32)");
  round_trip(compute({t, ids}, {i}, x(id(i), 2)), "[i0:4] x0[{x1[i0]}, 2]");
  round_trip(compute({t, ids}, {i, r}, where(equals(id(i), r), x(i, r), 0)),
             "[i0:4, i1:3] guard({x1[i0]} + -i1 == 0; x0[i0, i1]; 0:f32)");
  round_trip(compute({t}, {}, sum({i, k}, where(Affine(i) <= Affine(k), x(i, k), 0))),
             "[| k0:4, k1:3] sum f32: guard(k0 - k1 < 1; x0[k0, k1]; 0:f32)");
}

TEST(Text, TypesAndFunctions) {
  Type t{DType::BF16, {4}}, n{DType::I64, {4}};
  Input x(0, t), y(1, n);
  Index i("i", 4);
  round_trip(compute({t, n}, {i}, cast(DType::F64, x(i)) / cast(DType::F64, y(i) * -3)),
             "[i0:4] f64(x0[i0]) / f64(x1[i0] * -3:i64)");
  round_trip(compute({t, n}, {i}, where(y(i) >= value(i), -exp(x(i)), pow(x(i), 0.5))),
             "[i0:4] select(x1[i0] >= index(i0), neg(exp(x0[i0])), pow(x0[i0], 0.5:bf16))");
  round_trip(compute({t, n}, {i}, !(x(i) < 1) && y(i) != 2), "[i0:4] and(not(x0[i0] < 1:bf16), x1[i0] != 2:i64)");
  round_trip(compute({t, n}, {}, argmax({i}, x(i))), "[| k0:4] argmax bf16: x0[k0]");
}

TEST(Text, ParenthesesWhereNeeded) {
  Type t = f32({4});
  Input x(0, t);
  Index i("i", 4);
  Scalar a = x(i), b = x(3 - Affine(i));
  round_trip(compute({t}, {i}, a - (b - a)), "[i0:4] x0[i0] - (x0[-i0 + 3] - x0[i0])");
  round_trip(compute({t}, {i}, a - b - a), "[i0:4] x0[i0] - x0[-i0 + 3] - x0[i0]");
  round_trip(compute({t}, {i}, (a + b) * (a / (b * a))),
             "[i0:4] (x0[i0] + x0[-i0 + 3]) * (x0[i0] / (x0[-i0 + 3] * x0[i0]))");
}

TEST(Text, SharedPartsAreNamed) {
  Type t = f32({4});
  Input x(0, t);
  Index i("i", 4);
  Scalar e = exp(x(i)), s = e * e + e;
  round_trip(compute({t}, {i}, s * s), "[i0:4] let t0 = exp(x0[i0]); let t1 = t0 * t0 + t0; t1 * t1");
  Scalar deep = x(i);
  for (int k = 0; k < 60; ++k) deep = deep * deep;  // 2^60 loads as a tree
  Expr d = compute({t}, {i}, deep);
  EXPECT_EQ(parse(to_text(d), d.in), d);
}

TEST(Text, DeepScalarsReadBack) {
  Type t = f32({4});
  Input x(0, t);
  Index i("i", 4);
  Scalar deep = x(i);
  for (int k = 0; k < 380; ++k) deep = sin(deep);
  Expr d = compute({t}, {i}, deep);
  EXPECT_EQ(parse(to_text(d), d.in), d);
}

TEST(Text, ConstantsAreExact) {
  Index i("i", 1);
  auto constant = [&](Number v, DType t) {
    auto pool = current_pool();
    Expr e = compute({}, {i}, Scalar(pool, pool->constant(v, t)));
    EXPECT_EQ(parse(to_text(e), {}), e) << to_text(e);
  };
  Rng rng(1);
  for (int k = 0; k < 2000; ++k) {
    double any = std::bit_cast<double>(rng.next());
    if (std::isnan(any)) continue;
    constant(any, DType::F64);
    for (DType t : {DType::F32, DType::F16, DType::BF16}) constant(rng.uniform() * 8 - 4, t);
    constant(Number::of_int(static_cast<i64>(rng.next())), DType::I64);
    constant(Number::of_int(static_cast<i64>(rng.next())), DType::I8);
  }
  for (double v : {0.0, -0.0, kInfinity, -kInfinity, std::nan(""), 5e-324, 1.7976931348623157e308})
    constant(v, DType::F64);
  constant(Number::of_int(std::numeric_limits<i64>::min()), DType::I64);
  constant(std::bit_cast<double>(0xfff8000000000001u), DType::F64);
  constant(Number::of_int(1), DType::Bool);
}

TEST(Text, FreeSpelling) {
  Type t = f32({4, 5});
  Expr e = parse("  [ row : 4|col:5 ]sum f32:x0[row,col]*2:f32->acc/5:f32  ", {t});
  Index i("i", 4), k("k", 5);
  EXPECT_EQ(e, compute({t}, {i}, sum({k}, Input(0, t)(i, k) * 2) / 5));
  EXPECT_EQ(parse("[i:4] max(x0[i, 0], x0[i, 1])", {t}).reducer, Reducer::None);
}

TEST(Text, MistakesHaveAColumn) {
  Type t = f32({4, 5}), n{DType::I32, {4}};
  auto message = [&](std::string_view text) -> std::string {
    try {
      parse(text, {t, n});
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  auto says = [&](std::string_view text, std::string_view part) {
    EXPECT_NE(message(text).find(part), std::string::npos) << text << "\n" << message(text);
  };
  says("", "column 1: expected '['");
  says("[i:4", "column 5");
  says("[i:4] x0[i, q]", "column 13: expected the name of an index");
  says("[i:4] x0[i]", "2 indices of operand 0");
  says("[i:4] x7[i]", "column 7: expected an operand x0 to x1");
  says("[i:4, i:4] x0[i, 0]", "column 7");
  says("[i:4] sinus(x0[i, 0])", "'sinus'");
  says("[i:4] exp(x1[i])", "floats for exp");
  says("[i:4] x0[i, 0] + x1[i]", "f32 and i32");
  says("[i:4] x0[i, 0] + 1", "expected ':'");
  says("[i:4] 1.5:i32", "an integer for type i32");
  says("[i:4] 9223372036854775808:i64", "a number that i64 holds");
  says("[i:4] 18446744073709551616:u64", "an integer for type u64");
  says("[i:4] acc", "no 'acc'");
  says("[i:4] x0[i, 0] x", "the end of the expression");
  says("[i:4 | k:5] x0[i, k]", "a reducer");
  says("[i:4 | k:5] sum f64: x0[i, k]", "a body of type f64");
  says("[i:4] x0[i, 5]", "operand 0, dimension 1");
  says("[i:4] guard({x1[i + 1]} < 3; x0[i, 0]; 0:f32)", "operand 1, dimension 0");
  says("[i:4] x0[{x0[i, 0]}, 0]", "an integer type");
  says("[i:4] x0[(i)/0, 0]", "a positive divisor");
  says("[i:-1] x0[0, 0]", "an extent");
}

TEST(Text, HostileInputIsRefused) {
  Type t = f32({4});
  auto refused = [&](const std::string& text) { EXPECT_THROW(parse(text, {t}), Error) << text.substr(0, 60); };
  auto many = [](std::string_view s, int n) {
    std::string r;
    for (int k = 0; k < n; ++k) r += s;
    return r;
  };
  refused("[i:4] " + many("(", 100000));
  refused("[i:4] " + many("sin(", 300) + "x0[i]" + many(")", 300));
  refused("[i:4] x0[i]" + many(" + x0[i]", 100000));
  refused("[i:4] let a = x0[i]; " + many("let a = sin(a); ", 50000) + "a");
  refused("[i:1099511627776, j:1099511627776] 0:f32");
  refused("[i:1099511627776] x0[1099511627776*i]");
  refused("[i:4] index(1099511627776*i" + many(" + 1099511627776*i", 14) + ")" + many(" * 3:i64", 500));
  std::string nested = "let a = x0[i]; ";
  for (int k = 0; k < 60; ++k) nested += "let a = guard(i < 2; a + a; a * a); ";
  refused("[i:4] " + nested + "a");
  std::string dens = "i/2";
  refused("[i:4] guard((i)/1048573 < 1, (i)/1048571 < 1, (i)/1048559 < 1, (i)/1048549 < 1; x0[i]; 0:f32) / 0");
}

TEST(Text, AccessesThatOnlyTryingShowsToBeInside) {
  auto text = [](int extent, int width) {
    return fmt::format("[i:{}, j:3, k:5] guard((i - 3*j)/3 == 0, (-2*i - 3*k + 6)/3 == 0; x0[i]; 0:f32) + x0[{}]",
                       extent, width);
  };
  EXPECT_NO_THROW(parse(text(5, 0), {f32({4})}));  // i is a multiple of 3 below 5
  EXPECT_THROW(parse(text(7, 0), {f32({3})}), Error);
  EXPECT_THROW(parse(text(100000000, 0), {f32({4})}), Error) << "too many points to try";
}

TEST(Text, LoopsForPeople) {
  Type ta = f32({4, 5}), tb = f32({5, 3});
  Index i("i", 4), j("j", 3), k("k", 5);
  EXPECT_EQ(to_loops(compute({ta, tb}, {i, j}, sum({k}, Input(0, ta)(i, k) * Input(1, tb)(k, j)) / 2)),
            "parallel i0 < 4\n"
            "  parallel i1 < 3\n"
            "    acc = 0\n"
            "    reduce k0 < 5\n"
            "      acc = sum(acc, x0[i0, k0] * x1[k0, i1])\n"
            "    out[i0, i1] = acc / 2:f32\n");
}

}  // namespace
}  // namespace tenon::expr
