// The bounds that math.h states, over dense samples of all floats, against the C library in double precision.
#include "codegen/math.h"

#include <bit>

#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::Runner;
using testing::targets;

/// Error in units in the last place of a normal f32 near `exact`, of the smallest denormal below.
double ulps(float got, double exact) {
  auto nearest = static_cast<float>(exact);
  if (std::isnan(exact)) return std::isnan(got) ? 0 : kInfinity;
  if (got == nearest) return 0;
  if (std::isinf(got) || std::isinf(nearest)) {
    // One step beyond the largest finite value.
    double edge = std::ldexp(1.0, 128);
    return std::fabs(exact) > edge * (1 - 0x1p-23) && std::fabs(static_cast<double>(got)) > edge * (1 - 0x1p-22)
               ? 1
               : kInfinity;
  }
  double unit = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
  return std::fabs(static_cast<double>(got) - exact) / unit;
}

/// Every `stride`-th float of either sign, with the special ones.
Array dense_floats(std::uint32_t stride) {
  std::vector<float> v{0.0f,       -0.0f,     1.0f,       -1.0f,     std::nanf(""), HUGE_VALF,     -HUGE_VALF,
                       -3.436106f, 0x1p-149f, -0x1p-149f, 0x1p-126f, 3.4028235e38f, -3.4028235e38f};
  for (std::uint64_t bits = 0; bits < 0x7F800000; bits += stride)
    for (std::uint32_t sign : {0u, 0x80000000u})
      v.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits) | sign));
  return Array::from<float>(v, {static_cast<i64>(v.size())});
}

void bound(Fn fn, double (*exact)(double), double most) {
  Array a = dense_floats(9973);
  Input x(0, a.type());
  Index i("i", a.count());
  Expr e = compute({a.type()}, {i}, apply(fn, x(i)));
  for (const Processor& p : targets()) {
    Array got = Runner(e, p).run({a});
    double worst = 0;
    float where = 0;
    for (i64 k = 0; k < a.count(); ++k) {
      float arg = a.values<float>()[static_cast<std::size_t>(k)];
      double error = ulps(got.values<float>()[static_cast<std::size_t>(k)], exact(arg));
      if (error > worst) worst = error, where = arg;
    }
    EXPECT_LE(worst, most) << name_of(fn) << "(" << where << ") on " << p.cpu;
  }
}

TEST(Math, Exp) {
  bound(Fn::Exp, [](double x) { return std::exp(x); }, 1.1);
}
TEST(Math, Log) {
  bound(Fn::Log, [](double x) { return std::log(x); }, 1);
}
TEST(Math, Log1p) {
  bound(Fn::Log1p, [](double x) { return std::log1p(x); }, 1.5);
}
TEST(Math, Expm1) {
  bound(Fn::Expm1, [](double x) { return std::expm1(x); }, 2);
}
TEST(Math, Tanh) {
  bound(Fn::Tanh, [](double x) { return std::tanh(x); }, 3);
}
TEST(Math, Erf) {
  bound(Fn::Erf, [](double x) { return std::erf(x); }, 3);
}
TEST(Math, Sin) {
  bound(Fn::Sin, [](double x) { return std::sin(x); }, 2);
}
TEST(Math, Cos) {
  bound(Fn::Cos, [](double x) { return std::cos(x); }, 2);
}
TEST(Math, Sigmoid) {
  bound(Fn::Sigmoid, [](double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }, 3.1);
}

TEST(Math, Pow) {
  std::vector<float> v{0.0f,        -0.0f,         1.0f,      -1.0f,      2.0f,        -2.0f,       0.5f,
                       -0.5f,       3.0f,          -3.0f,     1e10f,      16777215.0f, 16777216.0f, 1.0000001f,
                       0.99999994f, std::nanf(""), HUGE_VALF, -HUGE_VALF, 0x1p-149f,   0x1p-126f,   3.4028235e38f};
  Rng rng(1);
  for (int k = 0; k < 500; ++k) v.push_back(static_cast<float>(std::exp(20 * rng.uniform() - 10)) * (k % 4 ? 1 : -1));
  auto n = static_cast<i64>(v.size());
  Array a = Array::from<float>(v, {n});
  Input x(0, a.type());
  Index i("i", n), j("j", n);
  Expr e = compute({a.type()}, {i, j}, pow(x(i), x(j)));
  for (const Processor& p : targets()) {
    Array got = Runner(e, p).run({a});
    for (i64 r = 0; r < n; ++r)
      for (i64 c = 0; c < n; ++c) {
        float base = v[static_cast<std::size_t>(r)], exponent = v[static_cast<std::size_t>(c)];
        float power = static_cast<float>(got.at(r * n + c).as_double());
        ASSERT_LE(ulps(power, std::pow(static_cast<double>(base), static_cast<double>(exponent))), 1)
            << base << " ^ " << exponent << " on " << p.cpu;
      }
  }
}

TEST(Math, Atan2) {
  Array a = dense_floats(4096 * 9973);
  const auto n = a.count();
  Input x(0, a.type());
  Index i("i", n), j("j", n);
  Expr e = compute({a.type()}, {i, j}, atan2(x(i), x(j)));
  for (const Processor& p : targets()) {
    Array got = Runner(e, p).run({a});
    for (i64 r = 0; r < n; ++r)
      for (i64 c = 0; c < n; ++c) {
        const double y = a.at(r).as_double(), right = a.at(c).as_double(), exact = std::atan2(y, right);
        const auto angle = static_cast<float>(got.at(r * n + c).as_double());
        ASSERT_LE(ulps(angle, exact), 3) << "atan2(" << y << ", " << right << ") on " << p.cpu;
        ASSERT_TRUE(std::isnan(exact) || std::signbit(angle) == std::signbit(exact))
            << "atan2(" << y << ", " << right << ") on " << p.cpu;
      }
  }
}

// One argument densely, which is the arc tangent.
TEST(Math, Atan) {
  Array a = dense_floats(9973);
  Input x(0, a.type());
  Index i("i", a.count());
  Expr e = compute({a.type()}, {i}, atan2(x(i), 1));
  for (const Processor& p : targets()) {
    Array got = Runner(e, p).run({a});
    for (i64 k = 0; k < a.count(); ++k)
      ASSERT_LE(ulps(static_cast<float>(got.at(k).as_double()), std::atan(a.at(k).as_double())), 3)
          << a.at(k).as_double();
  }
}

TEST(Math, ZerosKeepTheirSign) {
  Array a = Array::from<float>({-0.0f, 0.0f}, {2});
  Input x(0, a.type());
  Index i("i", 2);
  for (Fn fn : {Fn::Sin, Fn::Tanh, Fn::Erf, Fn::Expm1, Fn::Log1p}) {
    Array got = Runner(compute({a.type()}, {i}, apply(fn, x(i)))).run({a});
    EXPECT_TRUE(identical(got, a)) << name_of(fn);
  }
}

}  // namespace
}  // namespace tenon::codegen
