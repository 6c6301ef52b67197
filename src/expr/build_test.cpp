// Definitions in the formula language against hand-written loops.
#include "expr/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "expr/evaluate.h"

namespace tenon::expr {
namespace {

Array random(Type t, std::uint64_t seed) {
  Rng rng(seed);
  Array a(t);
  for (i64 k = 0; k < a.count(); ++k) a.set(k, Number(rng.uniform() * 2 - 1));
  return a;
}
Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }

double at(const Array& a, std::initializer_list<i64> index) {
  i64 position = 0;
  std::size_t d = 0;
  for (i64 i : index) position = position * a.shape()[d++] + i;
  return a.at(position).as_double();
}

struct Window {
  i64 stride = 1, pad = 0, dilation = 1;
  i64 out(i64 n, i64 k) const { return (n + 2 * pad - dilation * (k - 1) - 1) / stride + 1; }
  Affine at(const Index& o, const Index& r) const { return o * stride + r * dilation - pad; }
};

Expr conv2d(const Type& xt, const Type& wt, Window win, i64 groups) {
  Input x(0, xt), w(1, wt);
  Index n("n", x.dim(0)), g("g", groups), k("k", w.dim(0) / groups), p("p", win.out(x.dim(2), w.dim(2))),
      q("q", win.out(x.dim(3), w.dim(3)));
  Index c("c", w.dim(1)), r("r", w.dim(2)), s("s", w.dim(3));
  return compute(
      {xt, wt}, {n, join(g, k), p, q},
      sum({c, r, s}, x.outside(0)(n, g * c.extent() + c, win.at(p, r), win.at(q, s)) * w(g * k.extent() + k, c, r, s)));
}

TEST(Build, ConvolutionWithEverything) {
  for (Window win : {Window{1, 0, 1}, Window{2, 1, 1}, Window{1, 2, 2}, Window{3, 1, 2}})
    for (i64 groups : {1, 2}) {
      Type xt = f64({2, 4, 9, 8}), wt = f64({6, 4 / groups, 3, 2});
      Array x = random(xt, 1), w = random(wt, 2);
      Array y = evaluate(conv2d(xt, wt, win, groups), std::vector<Array>{x, w});
      i64 P = win.out(9, 3), Q = win.out(8, 2);
      ASSERT_EQ(y.shape(), (Shape{2, 6, P, Q}));
      for (i64 n = 0; n < 2; ++n)
        for (i64 k = 0; k < 6; ++k)
          for (i64 p = 0; p < P; ++p)
            for (i64 q = 0; q < Q; ++q) {
              double want = 0;
              for (i64 c = 0; c < 4 / groups; ++c)
                for (i64 r = 0; r < 3; ++r)
                  for (i64 s = 0; s < 2; ++s) {
                    i64 h = p * win.stride + r * win.dilation - win.pad,
                        v = q * win.stride + s * win.dilation - win.pad;
                    if (h < 0 || h >= 9 || v < 0 || v >= 8) continue;
                    want += at(x, {n, k / (6 / groups) * (4 / groups) + c, h, v}) * at(w, {k, c, r, s});
                  }
              EXPECT_NEAR(at(y, {n, k, p, q}), want, 1e-12);
            }
    }
}

TEST(Build, TransposedConvolutionByExactDivision) {
  Type xt = f64({1, 2, 5}), wt = f64({2, 3, 4});
  i64 stride = 2, pad = 1, length = (5 - 1) * stride + 4 - 2 * pad;
  Input x(0, xt), w(1, wt);
  Index n("n", 1), k("k", 3), c("c", 2), r("r", 4), t("t", length);
  Expr e = compute({xt, wt}, {n, k, t},
                   sum({c, r}, x.outside(0)(n, c, exact_div(t + Affine(pad) - r, stride)) * w(c, k, r)));
  Array X = random(xt, 3), W = random(wt, 4), y = evaluate(e, std::vector<Array>{X, W});
  std::vector<double> want(static_cast<std::size_t>(3 * length), 0);
  for (i64 i = 0; i < 5; ++i)
    for (i64 rr = 0; rr < 4; ++rr) {
      i64 tt = i * stride + rr - pad;
      if (tt < 0 || tt >= length) continue;
      for (i64 kk = 0; kk < 3; ++kk)
        for (i64 cc = 0; cc < 2; ++cc)
          want[static_cast<std::size_t>(kk * length + tt)] += at(X, {0, cc, i}) * at(W, {cc, kk, rr});
    }
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(y.at(static_cast<i64>(i)).as_double(), want[i], 1e-12);
}

TEST(Build, IndexMaps) {
  Type t = f64({5}), t2 = f64({3});
  Input a(0, t), b(1, t2);
  Array x = Array::from<double>({1, 2, 3, 4, 5}, {5}), y = Array::from<double>({6, 7, 8}, {3});
  auto list = [&](const Expr& e) {
    Array r = evaluate(e, std::vector<Array>{x, y});
    return std::vector<double>(r.values<double>().begin(), r.values<double>().end());
  };
  Index i("i", 8);
  EXPECT_THAT(list(compute({t, t2}, {i}, where(i < 5, a(i), b(i - 5)))), testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  Index f("f", 5);
  EXPECT_THAT(list(compute({t, t2}, {f}, a(4 - Affine(f)))), testing::ElementsAre(5, 4, 3, 2, 1));
  Index r("r", 8);  // reflection by 2 at the left and 1 at the right
  EXPECT_THAT(list(compute({t, t2}, {r}, where(r < 2, a(2 - Affine(r)), where(r < 7, a(r - 2), a(10 - Affine(r)))))),
              testing::ElementsAre(3, 2, 1, 2, 3, 4, 5, 4));
  Index c("c", 5), k("k", 5);
  EXPECT_THAT(list(compute({t, t2}, {c}, sum({k}, where(k <= c, a(k), 0)))), testing::ElementsAre(1, 3, 6, 10, 15));
  Index h("h", 3), two("w", 2);
  EXPECT_THAT(list(compute({t, t2}, {join(h, two)}, b(h))), testing::ElementsAre(6, 6, 7, 7, 8, 8));
}

TEST(Build, DataCoordinates) {
  Type table = f64({4, 2}), ids{DType::I64, {3}};
  Input x(0, table), at_row(1, ids);
  Index i("i", 3), j("j", 2), v("v", 4);
  Expr gather = compute({table, ids}, {i, j}, x(at_row(i), j));
  Expr one_hot = compute({table, ids}, {i, v}, where(equals(at_row(i), v), Scalar(1).typed(DType::F64), 0));
  Array t = random(table, 5), id = Array::from<i64>({2, 0, 3}, {3});
  Array g = evaluate(gather, std::vector<Array>{t, id}), o = evaluate(one_hot, std::vector<Array>{t, id});
  for (i64 row = 0; row < 3; ++row) {
    for (i64 k = 0; k < 2; ++k) EXPECT_EQ(at(g, {row, k}), at(t, {id.at(row).i, k}));
    for (i64 k = 0; k < 4; ++k) EXPECT_EQ(at(o, {row, k}), id.at(row).i == k);
  }
  Array bad = Array::from<i64>({2, 9, 3}, {3});
  EXPECT_THROW(evaluate(gather, std::vector<Array>{t, bad}), Error);
  Array zeros = evaluate(one_hot, std::vector<Array>{t, bad});
  for (i64 k = 0; k < 4; ++k) EXPECT_EQ(at(zeros, {1, k}), 0);
}

TEST(Build, ReducersTiesAndNan) {
  Type t{DType::F32, {2, 4}};
  Input x(0, t);
  Index i("i", 2), k("k", 4);
  float nan = std::nanf("");
  Array a = Array::from<float>({3, 7, 7, 1, 2, nan, 9, nan}, {2, 4});
  auto value = [&](const Scalar& s) { return evaluate(compute({t}, {i}, s), std::vector<Array>{a}); };
  EXPECT_EQ(value(argmax({k}, x(i, k))).at(0).i, 1);
  EXPECT_EQ(value(argmin({k}, x(i, k))).at(0).i, 3);
  EXPECT_EQ(value(argmax({k}, x(i, k))).at(1).i, 1);  // the first NaN
  EXPECT_EQ(value(max({k}, x(i, k))).at(0).f, 7);
  EXPECT_TRUE(std::isnan(value(max({k}, x(i, k))).at(1).f));
  EXPECT_EQ(value(prod({k}, x(i, k))).at(0).f, 147);
  EXPECT_EQ(value(sum({k}, x(i, k)) / 4).at(0).f, 4.5);
}

TEST(Build, MixedPrecisionAndIntegers) {
  Type b{DType::BF16, {3}}, n{DType::I8, {3}};
  Input x(0, b), y(1, n);
  Index k("k", 3);
  Array bx(b), iy = Array::from<std::int8_t>({100, 100, -7}, {3});
  for (i64 i = 0; i < 3; ++i) bx.set(i, Number(1.0 + static_cast<double>(i) / 128));
  Expr dot = compute({b, n}, {}, cast(DType::BF16, sum({k}, cast(DType::F32, x(k)) * cast(DType::F32, x(k)))));
  EXPECT_EQ(dot.type(), (Type{DType::BF16, {}}));
  Expr total = compute({b, n}, {}, sum({k}, y(k)));
  EXPECT_EQ(total.type().dtype, DType::I32);
  EXPECT_EQ(evaluate(total, std::vector<Array>{bx, iy}).at(0).i, 193);
  Index i("i", 3);
  Array wrapped = evaluate(compute({b, n}, {i}, y(i) + y(i)), std::vector<Array>{bx, iy});
  EXPECT_EQ(wrapped.at(0).i, 200 - 256);
  Array floor = evaluate(compute({b, n}, {i}, y(i) / 2), std::vector<Array>{bx, iy});
  EXPECT_EQ(floor.at(2).i, -4);
}

TEST(Build, EqualDefinitionsAreEqualMemberByMember) {
  auto build = [] {
    Type a = f64({3, 4}), b = f64({4, 5});
    Input x(0, a), y(1, b);
    Index i("i", 3), j("j", 5), k("k", 4);
    return compute({a, b}, {i, j}, tanh(sum({k}, x(i, k) * y(k, j))));
  };
  EXPECT_EQ(build(), build());
  EXPECT_EQ(build().hash(), build().hash());
  EXPECT_EQ(close(open(build())), build());
}

TEST(Build, MistakesAreNamed) {
  Type t = f64({4});
  Input x(0, t);
  Index i("i", 4), k("k", 4), far("far", 6);
  auto message = [](auto&& f) {
    try {
      f();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(message([&] { compute({t}, {far}, x(far)); }),
              testing::HasSubstr("operand 0, dimension 0: the access may fall outside"));
  EXPECT_THAT(message([&] { compute({t}, {}, sum({k}, x(k)) + sum({i}, x(i))); }), testing::HasSubstr("one reduction"));
  EXPECT_THAT(message([&] { compute({t}, {i}, Scalar(1.0)); }), testing::HasSubstr("no element type"));
  EXPECT_THAT(message([&] { compute({t}, {i}, x(k)); }), testing::HasSubstr("neither an output dimension nor reduced"));
  EXPECT_THAT(message([&] { compute({t}, {i}, x(i) + cast(DType::F32, x(i))); }), testing::HasSubstr("f64 and f32"));
  EXPECT_THAT(message([&] { x(i, i); }), testing::HasSubstr("has rank 1, given 2"));
}

}  // namespace
}  // namespace tenon::expr
