// Functions by formula at awkward arguments and near zero, interpreted and compiled, against the C library.
#include <gtest/gtest.h>

#include <cmath>

#include "compile/compiler.h"
#include "interpret/interpret.h"
#include "op/functions.h"

namespace tenon {
namespace {

const std::vector<double>& awkward() {
  static const std::vector<double> values = [] {
    std::vector<double> v{0,    1,    0.5,   2,       3,     10,     30,    88,     88.7,    89.2,  89.5,
                          120,  700,  709.9, 710.2,   711,   1e-3,   1e-5,  1e-8,   1e-20,   1e-38, 1e10,
                          1e20, 3e38, 1e160, 1.5e300, 0.999, 0.9999, 1.001, 1.0001, HUGE_VAL};
    for (double x = 1e-6; x < 20; x *= 1.37) v.push_back(x);
    for (std::size_t k = v.size(); k-- > 0;) v.push_back(-v[k]);
    v.push_back(std::nan(""));
    return v;
  }();
  return values;
}

Array array_of(DType t) {
  Array a(t, {static_cast<i64>(awkward().size())});
  for (i64 k = 0; k < a.count(); ++k) a.set(k, awkward()[static_cast<std::size_t>(k)]);
  return a;
}

/// `units`: of the last place of f32 or f64.
void expect_as_in_c(const Array& given, double argument, i64 k, double exact, double units) {
  const double g = given.at(k).as_double(), e = Number(exact).rounded_to(given.dtype()).as_double();
  if (std::isnan(e)) {
    EXPECT_TRUE(std::isnan(g)) << argument << " gives " << g;
    return;
  }
  EXPECT_EQ(std::signbit(g), std::signbit(e)) << argument << " gives " << g << ", expected " << e;
  if (std::isinf(e)) {
    EXPECT_EQ(g, e) << argument;
    return;
  }
  const bool wide = given.dtype() == DType::F64;
  const double place =
      std::ldexp(1.0, std::max((e == 0 ? -2000 : std::ilogb(e)) - (wide ? 52 : 23), wide ? -1074 : -149));
  EXPECT_LE(std::abs(g - e), units * place) << argument << " gives " << g << ", expected " << e;
}

using Of = Value (*)(const Value&);
void check(Of f, double (*exact)(double), double units) {
  for (const DType t : {DType::F32, DType::F64}) {
    const Array x = array_of(t);
    const Value parameter(Node::parameter(x.type()), 0);
    const Function function{"f", {parameter}, {f(parameter)}};
    const std::vector<Array> in{x};
    for (const bool compile : {false, true}) {
      SCOPED_TRACE(fmt::format("{}, {}", t, compile ? "compiled" : "interpreted"));
      const Array y = compile ? compiled(function, "test")->run(in)[0] : interpret(function, in)[0];
      for (i64 k = 0; k < x.count(); ++k) {
        const double argument = x.at(k).as_double();
        expect_as_in_c(y, argument, k, exact(argument), units);
      }
    }
  }
}

// Each formula rounds some five times.
TEST(Specials, Trigonometric) {
  check(asin<Value>, std::asin, 5);
  check(acos<Value>, std::acos, 5);
  check(atan<Value>, std::atan, 3);
}

// The tangent as the quotient of two functions that are right to 2 units.
TEST(Specials, Tangent) { check(tan<Value>, std::tan, 6); }

TEST(Specials, Hyperbolic) {
  check(sinh<Value>, std::sinh, 7);
  check(cosh<Value>, std::cosh, 7);
  check(asinh<Value>, std::asinh, 7);
  check(acosh<Value>, std::acosh, 7);
  check(atanh<Value>, std::atanh, 7);
}

TEST(Specials, ExactOnes) {
  check(trunc<Value>, std::trunc, 0);
  check(reciprocal<Value>, [](double x) { return 1 / x; }, 0);
}

TEST(Specials, Questions) {
  for (const DType t : {DType::F64, DType::F32, DType::F16, DType::BF16}) {
    const Array x = array_of(t);
    const Value p(Node::parameter(x.type()), 0);
    const Function f{"f", {p}, {is_nan(p), is_inf(p), is_finite(p), is_inf(p, true, false), is_inf(p, false, true)}};
    const std::vector<Array> in{x};
    for (const auto& y : {interpret(f, in), compiled(f, "test")->run(in)})
      for (i64 k = 0; k < x.count(); ++k) {
        const double v = x.at(k).as_double();
        const bool expected[] = {std::isnan(v), std::isinf(v), std::isfinite(v), v == HUGE_VAL, v == -HUGE_VAL};
        for (std::size_t q = 0; q < 5; ++q)
          EXPECT_EQ(y[q].at(k).truth(), expected[q]) << v << " of " << name_of(t) << ", " << q;
      }
  }
}

TEST(Specials, TwoArguments) {
  for (const DType t : {DType::F32, DType::F64}) {
    const Array x = array_of(t);
    const i64 n = x.count();
    const Value p(Node::parameter(x.type()), 0), row = reshape(p, {n, 1});
    const Function f{"f", {p}, {atan2(row, p), fmod(row, p)}};
    const std::vector<Array> in{x};
    for (const auto& y : {interpret(f, in), compiled(f, "test")->run(in)})
      for (i64 a = 0; a < n; ++a)
        for (i64 b = 0; b < n; ++b) {
          const double v = x.at(a).as_double(), w = x.at(b).as_double();
          SCOPED_TRACE(fmt::format("{} and {} of {}", v, w, t));
          expect_as_in_c(y[0], w, a * n + b, std::atan2(v, w), 3);
          expect_as_in_c(y[1], w, a * n + b, std::fmod(v, w), 0);
        }
  }
}

}  // namespace
}  // namespace tenon
