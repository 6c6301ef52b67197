// The bounds that math.h states for f64, over random and special values, against the C library in long double; and
// remainders, which are exact.
#include <bit>
#include <cmath>
#include <limits>

#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::Runner;
using testing::targets;
using Exact = long double;

static_assert(std::numeric_limits<Exact>::digits >= 64, "the reference has bits to spare");

/// Error in units in the last place of a normal f64 near `exact`, of the smallest denormal below.
double ulps(double got, Exact exact) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : kInfinity;
  auto nearest = static_cast<double>(exact);
  if (std::isinf(got) || std::isinf(nearest)) {
    // One step beyond the largest finite value.
    const Exact edge = std::ldexp(Exact(1), 1024);
    bool beside =
        std::fabs(exact) > edge * (1 - 0x1p-52L) && std::fabs(static_cast<Exact>(got)) > edge * (1 - 0x1p-51L);
    return got == nearest ? 0 : beside ? 1 : kInfinity;
  }
  int exponent = exact == 0 ? -1022 : std::max(std::ilogb(exact), -1022);
  return static_cast<double>(std::fabs(got - exact) / std::ldexp(Exact(1), exponent - 52));
}

std::vector<double> special_values() {
  std::vector<double> v;
  for (double x : {0.0,
                   1.0,
                   0.5,
                   2.0,
                   3.0,
                   0.25,
                   6.0,
                   20.0,
                   40.0,
                   0x1p-1074,
                   0x1p-1022,
                   0x1.fffffffffffffp-1023,
                   1e-300,
                   1e-20,
                   0x1p-27,
                   0x1p-53,
                   0x1p-54,
                   3.438154202169774e-309,
                   1.2767211572290781e-201,
                   0.06862727052913603,
                   4.2395949543904761e+306,
                   0.34657359027997264,
                   0.41421356237309503,
                   0.7071067811865475,
                   1.4142135623730951,
                   0.78539816339744828,
                   1.5707963267948966,
                   3.1415926535897931,
                   0x1p30,
                   0x1.fffffffffffffp29,
                   1e22,
                   6381956970095103.0 * 0x1p797,
                   709.782712893384,
                   709.7827128933841,
                   708.3964185322641,
                   744.4400719213812,
                   745.1332191019411,
                   745.1332191019412,
                   746.0,
                   1e10,
                   0x1p52,
                   0x1p53,
                   0x1p53 - 1,
                   0x1p53 + 2,
                   1e300,
                   1.7976931348623157e308,
                   std::numeric_limits<double>::infinity(),
                   std::numeric_limits<double>::quiet_NaN()})
    for (double s : {x, -x}) v.insert(v.end(), {s, std::nextafter(s, kInfinity), std::nextafter(s, -kInfinity)});
  return v;
}

/// Doubles of all magnitudes, and more of those between 2^-10 and 2^10.
Array many_values(std::size_t count) {
  std::vector<double> v = special_values();
  Rng rng(7);
  while (v.size() < count) {
    double any = std::bit_cast<double>(rng.next());
    double usual = std::ldexp(1 + rng.uniform(), static_cast<int>(rng.next() % 20) - 10);
    double near_one = 1 + std::ldexp(rng.uniform() - 0.5, -static_cast<int>(rng.next() % 30));
    for (double x : {any, usual, -usual, 2 * rng.uniform() - 1, near_one, -near_one, 700 * (2 * rng.uniform() - 1)})
      v.push_back(x);
  }
  return Array::from<double>(v, {static_cast<i64>(v.size())});
}

void bound(Fn fn, Exact (*exact)(Exact), double most) {
  Array a = many_values(300000);
  Input x(0, a.type());
  Index i("i", a.count());
  Expr e = compute({a.type()}, {i}, apply(fn, x(i)));
  for (const Processor& p : targets()) {
    Array got = Runner(e, p).run({a});
    double worst = 0, where = 0;
    for (i64 k = 0; k < a.count(); ++k) {
      double arg = a.values<double>()[static_cast<std::size_t>(k)],
             y = got.values<double>()[static_cast<std::size_t>(k)];
      Exact right = exact(arg);
      double error = ulps(y, right);
      if (error > worst) worst = error, where = arg;
      ASSERT_TRUE(std::isnan(right) || std::signbit(y) == std::signbit(right))
          << name_of(fn) << "(" << arg << ") is " << y;
    }
    EXPECT_LE(worst, most) << name_of(fn) << fmt::format("({})", where) << " on " << p.cpu;
  }
}

TEST(MathF64, Exp) {
  bound(Fn::Exp, [](Exact x) { return std::exp(x); }, 1.1);
}
TEST(MathF64, Log) {
  bound(Fn::Log, [](Exact x) { return std::log(x); }, 0.9);
}
TEST(MathF64, Log1p) {
  bound(Fn::Log1p, [](Exact x) { return std::log1p(x); }, 0.9);
}
TEST(MathF64, Expm1) {
  bound(Fn::Expm1, [](Exact x) { return std::expm1(x); }, 1.7);
}
TEST(MathF64, Tanh) {
  bound(Fn::Tanh, [](Exact x) { return std::tanh(x); }, 1);
}
TEST(MathF64, Erf) {
  bound(Fn::Erf, [](Exact x) { return std::erf(x); }, 1.6);
}
TEST(MathF64, Sin) {
  bound(Fn::Sin, [](Exact x) { return std::sin(x); }, 0.9);
}
TEST(MathF64, Cos) {
  bound(Fn::Cos, [](Exact x) { return std::cos(x); }, 0.9);
}
TEST(MathF64, Sigmoid) {
  bound(Fn::Sigmoid, [](Exact x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }, 1.6);
}

void bound(Fn fn, const Array& a, const Array& b, Exact (*exact)(Exact, Exact), double most) {
  Input x(0, a.type()), y(1, b.type());
  Index i("i", a.count()), j("j", b.count() / a.count());
  const Dim n = b.count() / a.count();
  Expr e = compute({a.type(), b.type()}, {i, j}, apply(fn, x(i), y(i * n + j)));
  for (const Processor& p : targets()) {
    Array got = Runner(e, p).run({a, b});
    double worst = 0;
    std::string where;
    for (i64 k = 0; k < b.count(); ++k) {
      double left = a.at(k / n).as_double(), right = b.at(k).as_double(), z = got.at(k).as_double();
      Exact best = exact(left, right);
      double error = ulps(z, best);
      if (error > worst) worst = error, where = fmt::format("{}({}, {}) is {}", name_of(fn), left, right, z);
      ASSERT_TRUE(std::isnan(best) || std::signbit(z) == std::signbit(best))
          << name_of(fn) << "(" << left << ", " << right << ") is " << z;
    }
    EXPECT_LE(worst, most) << where << " on " << p.cpu;
  }
}

/// Each value with `count` others of the same kind.
Array partners(const Array& a, i64 count, bool special) {
  std::vector<double> v;
  Rng rng(11);
  for (i64 k = 0; k < a.count(); ++k)
    for (i64 m = 0; m < count; ++m) {
      i64 other = special ? m : static_cast<i64>(rng.next() % static_cast<std::uint64_t>(a.count()));
      v.push_back(a.at(other).as_double());
    }
  return Array::from<double>(v, {static_cast<i64>(v.size())});
}

TEST(MathF64, Pow) {
  constexpr double kBound = 1;
  auto exact = [](Exact x, Exact y) { return std::pow(x, y); };
  std::vector<double> s = special_values();
  Array special = Array::from<double>(s, {static_cast<i64>(s.size())});
  bound(Fn::Pow, special, partners(special, special.count(), true), exact, kBound);
  Array many = many_values(20000);
  bound(Fn::Pow, many, partners(many, 8, false), exact, kBound);
  // Results of all magnitudes.
  Rng rng(3);
  std::vector<double> base, exponent;
  for (int k = 0; k < 200000; ++k) {
    double x = k % 2 ? std::exp(2 * rng.uniform() - 1) : std::exp(1400 * rng.uniform() - 700);
    base.push_back(x);
    exponent.push_back((2 * rng.uniform() - 1) * 745 / std::log(x));
  }
  const auto n = static_cast<i64>(base.size());
  bound(Fn::Pow, Array::from<double>(base, {n}), Array::from<double>(exponent, {n}), exact, kBound);
}

TEST(MathF64, Atan2) {
  constexpr double kBound = 1.5;  // of denormal results; 0.9 of others
  auto exact = [](Exact y, Exact x) { return std::atan2(y, x); };
  std::vector<double> s = special_values();
  Array special = Array::from<double>(s, {static_cast<i64>(s.size())});
  bound(Fn::Atan2, special, partners(special, special.count(), true), exact, kBound);
  Array many = many_values(20000);
  bound(Fn::Atan2, many, partners(many, 8, false), exact, kBound);
  Array one = Array::from<double>({1.0}, {1});
  bound(Fn::Atan2, many, partners(many, 1, true), exact, kBound);
}

/// As expr.h defines it: the remainder has the divisor's sign.
double floor_mod(double x, double y) {
  double r = std::fmod(x, y);
  if (r == 0) return std::copysign(0.0, y);
  return (r < 0) != (y < 0) ? r + y : r;
}

TEST(MathF64, RemaindersAreExact) {
  std::vector<double> s = special_values();
  Array special = Array::from<double>(s, {static_cast<i64>(s.size())});
  auto exact = [](Exact x, Exact y) -> Exact { return floor_mod(static_cast<double>(x), static_cast<double>(y)); };
  bound(Fn::Mod, special, partners(special, special.count(), true), exact, 0);
  Array many = many_values(20000);
  bound(Fn::Mod, many, partners(many, 8, false), exact, 0);
}

TEST(MathF64, RemaindersOfFloatsAreExact) {
  std::vector<float> v{0.0f,      -0.0f,         1.0f,      -1.0f,      3.0f,         0x1p-149f,
                       0x1p-126f, 3.4028235e38f, HUGE_VALF, -HUGE_VALF, std::nanf("")};
  Rng rng(5);
  while (v.size() < 1000) v.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(rng.next())));
  const auto n = static_cast<i64>(v.size());
  Array a = Array::from<float>(v, {n});
  Input x(0, a.type());
  Index i("i", n), j("j", n);
  testing::check(compute({a.type()}, {i, j}, mod(x(i), x(j))), {a}, 0, 1);
}

// Floats as wide as 2^127: the reduction of f32 arguments by pi/2 without fused arithmetic, too.
TEST(MathF64, SinesOfLargeFloats) {
  std::vector<float> v;
  Rng rng(9);
  while (v.size() < 100000) v.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(rng.next())));
  Array a = Array::from<float>(v, {static_cast<i64>(v.size())});
  Input x(0, a.type());
  Index i("i", a.count());
  for (const Processor& p : targets())
    for (Fn fn : {Fn::Sin, Fn::Cos}) {
      Array got = Runner(compute({a.type()}, {i}, apply(fn, x(i))), p).run({a});
      for (i64 k = 0; k < a.count(); ++k) {
        double arg = a.at(k).as_double(), right = fn == Fn::Sin ? std::sin(arg) : std::cos(arg);
        if (std::isnan(right)) continue;
        ASSERT_NEAR(got.at(k).as_double(), right, 2 * std::ldexp(1.0, std::max(std::ilogb(right), -126) - 23))
            << name_of(fn) << "(" << arg << ") on " << p.cpu;
      }
    }
}

}  // namespace
}  // namespace tenon::codegen
