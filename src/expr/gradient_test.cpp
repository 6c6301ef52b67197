#include "expr/gradient.h"

#include <gtest/gtest.h>

#include "expr/testing.h"

namespace tenon::expr {
namespace {

using testing::differences;
using testing::distance;
using testing::gradient_error;
using testing::gradient_value;
using testing::random_array;

Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }
constexpr double kClose = 1e-6;  // central differences with h = 1e-6 on values of order 1: 1e-16 / 1e-6, with room

/// Against central differences, for each operand.
void check(const Expr& e, double low = -1, double high = 1) {
  Rng rng(1);
  std::vector<Array> inputs;
  for (const Type& t : e.in) inputs.push_back(random_array(rng, t, low, high));
  Array seed = random_array(rng, e.type());
  for (std::int32_t k = 0; k < static_cast<std::int32_t>(e.in.size()); ++k)
    EXPECT_LT(gradient_error(e, k, inputs, seed), kClose) << "operand " << k;
}

Expr unary(Scalar (*f)(const Scalar&)) {
  Type t = f64({7});
  Index i("i", 7);
  return compute({t}, {i}, f(Input(0, t)(i)));
}

TEST(Gradient, EveryFunctionOfOneArgument) {
  using F = Scalar (*)(const Scalar&);
  for (F f : {F(exp), F(log), F(log1p), F(expm1), F(sqrt), F(rsqrt), F(sin), F(cos), F(tanh), F(erf), F(sigmoid),
              F(abs), F(operator-)})
    check(unary(f), 0.2, 1.8);
  for (F f : {F(exp), F(expm1), F(sin), F(cos), F(tanh), F(erf), F(sigmoid), F(abs)}) check(unary(f), -1.8, -0.2);
}

TEST(Gradient, StepsHaveNone) {
  using F = Scalar (*)(const Scalar&);
  for (F f : {F(sign), F(floor), F(ceil), F(round)}) EXPECT_TRUE(gradient(unary(f), 0).empty());
}

TEST(Gradient, EveryFunctionOfTwoArguments) {
  Type t = f64({6});
  Input x(0, t), y(1, t);
  Index i("i", 6);
  for (Scalar s : {x(i) + y(i), x(i) - y(i), x(i) * y(i), x(i) / y(i), pow(x(i), y(i)), mod(x(i), y(i)),
                   max(x(i), y(i)), min(x(i), y(i)), pow(x(i), 2), pow(x(i), 2.5), pow(x(i), 1), pow(2, y(i))})
    check(compute({t, t}, {i}, s), 0.3, 2);
}

TEST(Gradient, PowerAtZero) {
  Type t = f64({1});
  Input x(0, t), y(1, t);
  Index i("i", 1);
  Expr e = compute({t, t}, {i}, pow(x(i), y(i)));
  Array zero = Array::from<double>({0}, {1}), two = Array::from<double>({2}, {1}), one = Array::from<double>({1}, {1});
  EXPECT_EQ(gradient_value(e, 0, {zero, zero}, one).at(0).f, 0);  // d/dx x^0
  EXPECT_EQ(gradient_value(e, 1, {zero, two}, one).at(0).f, 0);   // d/dy 0^y
}

TEST(Gradient, FirstBranchOnTies) {
  Type t = f64({1});
  Input x(0, t), y(1, t);
  Index i("i", 1);
  Array one = Array::from<double>({1}, {1});
  for (const Scalar& s : {max(x(i), y(i)), min(x(i), y(i))}) {
    Expr e = compute({t, t}, {i}, s);
    EXPECT_EQ(gradient_value(e, 0, {one, one}, one).at(0).f, 1);
    EXPECT_EQ(gradient_value(e, 1, {one, one}, one).at(0).f, 0);
  }
}

TEST(Gradient, BranchNotTakenIsNotEvaluated) {
  Type t = f64({4});
  Input x(0, t);
  Index i("i", 4);
  Array at = Array::from<double>({0, 2, -1, 0.5}, {4}), ones = Array::full(t, 1.0);
  Array slope = gradient_value(compute({t}, {i}, where(x(i) > 0, log(x(i)), 0)), 0, {at}, ones);
  EXPECT_EQ(distance(slope, Array::from<double>({0, 0.5, 0, 2}, {4})), 0);
  slope = gradient_value(compute({t}, {i}, max(sqrt(x(i)), 3)), 0, {at}, ones);  // 0 * inf at 0 otherwise
  EXPECT_EQ(slope.at(0).f, 0);
}

Expr matmul(DType t, i64 m, i64 n, i64 k) {
  Type ta{t, {m, k}}, tb{t, {k, n}};
  Input a(0, ta), b(1, tb);
  Index i("i", m), j("j", n), l("k", k);
  DType wide = accumulate_type(t);
  return compute({ta, tb}, {i, j}, cast(t, sum({l}, cast(wide, a(i, l)) * cast(wide, b(l, j)))));
}

TEST(Gradient, Matmul) {
  check(matmul(DType::F64, 4, 3, 5));
  // d(dA)/dB and d(dA)/d(dC)
  Expr da = gradient(matmul(DType::F64, 4, 3, 5), 0)[0].e;
  Rng rng(2);
  std::vector<Array> inputs;
  for (const Type& t : da.in) inputs.push_back(random_array(rng, t));
  Array seed = random_array(rng, da.type());
  for (std::int32_t k : {1, 2}) EXPECT_LT(gradient_error(da, k, inputs, seed), kClose);
  EXPECT_TRUE(gradient(da, 0).empty());
}

struct Window {
  i64 stride = 1, pad = 0, dilation = 1;
  i64 out(i64 n, i64 k) const { return (n + 2 * pad - dilation * (k - 1) - 1) / stride + 1; }
  Affine at(const Index& o, const Index& r) const { return o * stride + r * dilation - pad; }
};

Expr conv2d(i64 channels, i64 features, i64 groups, Window win) {
  Type tx = f64({2, channels, 7, 6}), tw = f64({features, channels / groups, 3, 3});
  Input x(0, tx), w(1, tw);
  Index n("n", 2), g("g", groups), k("k", features / groups), p("p", win.out(7, 3)), q("q", win.out(6, 3));
  Index c("c", channels / groups), r("r", 3), s("s", 3);
  return compute(
      {tx, tw}, {n, join(g, k), p, q},
      sum({c, r, s}, x.outside(0)(n, g * c.extent() + c, win.at(p, r), win.at(q, s)) * w(g * k.extent() + k, c, r, s)));
}

TEST(Gradient, Convolutions) {
  for (Window w : {Window{}, Window{2, 1, 1}, Window{2, 2, 2}, Window{3, 2, 2}}) check(conv2d(2, 3, 1, w));
  check(conv2d(4, 6, 2, {2, 1, 1}));
  check(conv2d(4, 8, 4, {1, 1, 1}));
}

TEST(Gradient, TransposedConvolution) {
  Type tx = f64({2, 2, 5}), tw = f64({2, 3, 3});
  Input x(0, tx), w(1, tw);
  Index n("n", 2), k("k", 3), t("t", 9), c("c", 2), r("r", 3);
  check(compute({tx, tw}, {n, k, t}, sum({c, r}, x.outside(0)(n, c, exact_div(t + 1 - r, 2)) * w(c, k, r))));
}

TEST(Gradient, Pooling) {
  Type tx = f64({2, 7});
  Input x(0, tx);
  Index c("c", 2), p("p", 4), r("r", 3);
  check(compute({tx}, {c, p}, max({r}, x.outside(-kInfinity)(c, p * 2 + r - 1))));
  check(compute({tx}, {c, p}, min({r}, x.outside(kInfinity)(c, p * 2 + r - 1))));
  check(compute({tx}, {c, p}, sum({r}, x.outside(0)(c, p * 2 + r - 1)) / 3));
}

TEST(Gradient, MaxGivesAllToTheFirst) {
  Type tx = f64({4});
  Input x(0, tx);
  Index i("i", 4);
  Expr e = compute({tx}, {}, max({i}, x(i)));
  Array one = Array::full(f64({}), 1.0);
  Array slope = gradient_value(e, 0, {Array::from<double>({1, 5, 5, 2}, {4})}, one);
  EXPECT_EQ(distance(slope, Array::from<double>({0, 1, 0, 0}, {4})), 0);
}

TEST(Gradient, EpiloguesAndProducts) {
  Type t = f64({4, 5});
  Input x(0, t), b(1, f64({4}));
  Index i("i", 4), j("j", 5);
  check(compute({t}, {i}, sqrt(sum({j}, x(i, j) * x(i, j)))));
  check(compute({t}, {i}, sum({j}, x(i, j)) / 5));
  check(compute({t}, {i}, prod({j}, x(i, j))), 0.5, 1.5);
  check(compute({t, f64({4})}, {i}, tanh(sum({j}, x(i, j)) * b(i)) + b(i)));
}

TEST(Gradient, ProductsWithZeros) {
  const Type t = f64({4, 3});
  Input x(0, t);
  Index i("i", 4), j("j", 3);
  const Expr e = compute({t}, {i}, prod({j}, x(i, j)) * 2);
  const Array given = Array::from<double>({2, 3, 4, 2, 0, 4, 0, 3, 0, 0, 0, 0}, {4, 3}),
              seed = Array::from<double>({1, 1, 1, 1}, {4});
  EXPECT_EQ(distance(testing::gradient_value(e, 0, {given}, seed),
                     Array::from<double>({24, 16, 12, 0, 16, 0, 0, 0, 0, 0, 0, 0}, {4, 3})),
            0);
}

TEST(Gradient, IndexMaps) {
  Type tx = f64({6}), ty = f64({4}), sq = f64({5, 5}), cube = f64({8, 3, 2});
  Input x(0, tx), y(1, ty), s(0, sq), c(0, cube);
  Index i("i", 11), j("j", 10), d("d", 5), u("u", 3);
  check(compute({tx}, {i}, where(i < 2, x(2 - Affine(i)), where(i < 8, x(i - 2), x(12 - Affine(i))))));  // reflect
  check(compute({tx, ty}, {j}, where(j < 6, x(j), y(j - 6))));                                           // concat
  check(compute({tx}, {u}, x(5 - 2 * u)));  // negative step
  check(compute({sq}, {d}, s(d, d)));       // diagonal
  Index k("k", 2), h("h", 3), a("a", 2), w("w", 2), b("b", 2);
  check(compute({cube}, {k, join(h, a), join(w, b)}, c(k * 4 + a * 2 + b, h, w)));  // pixel shuffle
  Index row("row", 6), col("col", 6);
  check(compute({tx}, {row}, sum({col}, where(col <= row, x(col), 0))));  // cumulative sum
}

TEST(Gradient, GatherAndScatter) {
  Type table = f64({7, 3}), ids{DType::I64, {5}}, rows = f64({5, 3});
  Input t(0, table), id(1, ids), r(0, rows);
  Index i("i", 5), j("j", 3), v("v", 7);
  Expr gather = compute({table, ids}, {i, j}, t(id(i), j));
  Expr scatter = compute({rows, ids}, {v, j}, sum({i}, where(equals(id(i), v), r(i, j), 0)));
  Array at = Array::from<i64>({3, 0, 3, 6, 1}, {5});
  Rng rng(3);
  Array dy = random_array(rng, f64({5, 3})), x = random_array(rng, table);
  EXPECT_LT(distance(gradient_value(gather, 0, {x, at}, dy), evaluate(scatter, std::vector<Array>{dy, at})), 1e-15);
  EXPECT_TRUE(gradient(gather, 1).empty());

  auto back = gradient(scatter, 0);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].e.reducer, Reducer::None) << "the gradient of a scatter is a gather";
  Array ds = random_array(rng, table);
  EXPECT_LT(distance(gradient_value(scatter, 0, {dy, at}, ds), evaluate(gather, std::vector<Array>{ds, at})), 1e-15);
}

TEST(Gradient, OneHotProductBecomesGather) {
  Type ids{DType::I64, {5}}, table = f64({7, 3});
  Input id(0, ids), t(1, table);
  Index i("i", 5), j("j", 3), v("v", 7);
  Expr e = compute({ids, table}, {i, j}, sum({v}, where(equals(id(i), v), t(v, j), 0)));
  auto terms = gradient(e, 1);
  ASSERT_EQ(terms.size(), 1u);
  Array at = Array::from<i64>({3, 0, 9, 6, 1}, {5});  // 9 selects no row
  Rng rng(4);
  Array x = random_array(rng, table), dy = random_array(rng, f64({5, 3}));
  EXPECT_LT(distance(gradient_value(e, 1, {at, x}, dy), differences(e, 1, {at, x}, dy)), kClose);
}

TEST(Gradient, DataThatDependsOnASolvedIndex) {
  Type tx = f64({4, 9}), ids{DType::I64, {5}};
  Input x(0, tx), id(1, ids);
  Index i("i", 5), j("j", 4);
  Expr e = compute({tx, ids}, {i, j}, x(id(i), i + j));
  Array at = Array::from<i64>({3, 0, 3, 2, 1}, {5});
  Rng rng(5);
  Array v = random_array(rng, tx), dy = random_array(rng, e.type());
  EXPECT_LT(distance(gradient_value(e, 0, {v, at}, dy), differences(e, 0, {v, at}, dy)), kClose);
}

TEST(Gradient, TermsHaveTheTypeOfTheOperand) {
  Expr e = matmul(DType::BF16, 4, 3, 5);
  auto terms = gradient(e, 0);
  ASSERT_EQ(terms.size(), 1u);
  const Expr& g = terms[0].e;
  EXPECT_EQ(g.type(), e.in[0]);
  EXPECT_EQ(g.accumulate, DType::F32);
  // Products are summed as f32: the term is a contraction of casts of loads.
  EXPECT_TRUE(classify(g).has_value());

  Type tx{DType::F32, {3}}, ty{DType::I32, {3}};
  Input x(0, tx), y(1, ty);
  Index i("i", 3);
  Expr mixed = compute({tx, ty}, {i}, cast(DType::F64, x(i)) * cast(DType::F64, y(i)));
  EXPECT_EQ(gradient(mixed, 0)[0].e.type(), tx);
  EXPECT_TRUE(gradient(mixed, 1).empty());
  EXPECT_TRUE(gradient(compute({tx}, {i}, cast(DType::I32, x(i)) * 2), 0).empty());
  EXPECT_TRUE(gradient(compute({tx}, {i}, cast(DType::F32, cast(DType::I32, x(i)))), 0).empty());
}

TEST(Gradient, ElementWiseTermsReduceNothing) {
  Type t{DType::BF16, {3, 4}};
  Input x(0, t), y(1, t);
  Index i("i", 3), j("j", 4);
  Expr g = gradient(compute({t, t}, {i, j}, x(i, j) + y(i, j)), 1)[0].e;
  EXPECT_EQ(g.reducer, Reducer::None);
  ASSERT_EQ(g.nodes.size(), 2u);
  EXPECT_EQ(g.node(g.body).kind, Kind::Load);
  EXPECT_EQ(g.node(g.body).operand, 2);
}

TEST(Gradient, RefusesBranchesThatExplode) {
  Type t = f64({4});
  Input x(0, t);
  Index i("i", 4);
  Scalar s = x(i);
  for (int k = 0; k < 24; ++k) s = where(s > 0, s * 2, s + 1);
  Expr e = compute({t}, {i}, s);
  EXPECT_THROW(gradient(e, 0), Error);
  EXPECT_THROW(gradient(e, 1), Error);
}

}  // namespace
}  // namespace tenon::expr
