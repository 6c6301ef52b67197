// Expressions over unknown extents: what is proved, derived and said of them holds for every value.
#include <gtest/gtest.h>

#include "expr/testing.h"
#include "expr/text.h"

namespace tenon::expr {
namespace {

using testing::distance;
using testing::random_array;

const Dim n = Dim::symbol("n"), c = Dim::symbol("c"), k = Dim::symbol("k"), h = Dim::symbol("h", 7);

Expr matmul(Dim rows, Dim depth, Dim columns) {
  const Type a{DType::F64, {rows, depth}}, b{DType::F64, {depth, columns}};
  const Input x(0, a), y(1, b);
  const Index i("i", rows), j("j", columns), l("l", depth);
  return compute({a, b}, {i, j}, sum({l}, x(i, l) * y(l, j)));
}

/// x [n, g*c, h], w [g*k, c, 3] -> [n, g*k, p]
Expr conv1d(Dim batch, Dim height, i64 stride, i64 padding, i64 groups, Dim channels, Dim outputs) {
  const Type x_type{DType::F64, {batch, groups * channels, height}},
      w_type{DType::F64, {groups * outputs, channels, 3}};
  const Input x(0, x_type), w(1, w_type);
  const Index b("b", batch), g("g", groups), o("o", outputs), p("p", floor_div(height + 2 * padding - 3, stride) + 1);
  const Index q("q", channels), r("r", 3);
  const Affine at = p * stride + r - padding;
  const Affine channel = g * channels + q;
  const Scalar value = padding > 0 ? x.outside(0)(b, channel, at) : x(b, channel, at);
  return compute({x_type, w_type}, {b, join(g, o), p}, sum({q, r}, value * w(g * outputs + o, q, r)));
}

/// Derived with unknowns and then bound, or bound and then derived: the same values.
void expect_same_when_bound(const Expr& symbolic, const DimValues& values) {
  Rng rng(3);
  const Expr e = with_values(symbolic, values);
  ASSERT_TRUE(e.is_concrete());
  ASSERT_FALSE(symbolic.is_concrete());
  std::vector<Array> in{random_array(rng, e.in[0]), random_array(rng, e.in[1])};
  Array value = evaluate(e, in), seed = random_array(rng, e.type());
  EXPECT_EQ(parse(to_text(symbolic), symbolic.in), symbolic) << to_text(symbolic);
  for (std::int32_t operand : {0, 1}) {
    EXPECT_LT(testing::gradient_error(e, operand, in, seed), 1e-6);
    Array expected = testing::gradient_value(e, operand, in, seed), total = Array::full(expected.type(), 0.0);
    for (const GradientTerm& t : gradient(symbolic, operand)) {
      EXPECT_EQ(parse(to_text(t.e), t.e.in), t.e) << to_text(t.e);
      std::vector<Array> with_seed{in[0], in[1], seed, value,
                                   Array::full({DType::I64, e.type().shape}, Number::of_int(0))};
      Array part = evaluate(with_values(t.e, values), with_seed);
      for (i64 i = 0; i < total.count(); ++i) total.set(i, total.at(i).as_double() + part.at(i).as_double());
    }
    EXPECT_LT(distance(total, expected), 1e-10) << "operand " << operand;
  }
}

TEST(Symbolic, MatrixProduct) {
  const Expr e = matmul(n, c, k);
  EXPECT_EQ(to_text(e), "[i0:?n, i1:?k | k0:?c] sum f64: x0[i0, k0] * x1[k0, i1]");
  expect_same_when_bound(e, {{"n", 3}, {"c", 4}, {"k", 5}});
  EXPECT_EQ(classify(e)->kind, "GEMM");
  for (std::int32_t operand : {0, 1}) {
    const auto terms = gradient(e, operand);
    ASSERT_EQ(terms.size(), 1u);
    EXPECT_EQ(classify(terms[0].e)->kind, "GEMM") << to_text(terms[0].e);
  }
}

TEST(Symbolic, ConvolutionsAndTheirGradients) {
  for (i64 stride : {1, 2})
    for (i64 padding : {0, 1})
      for (i64 groups : {1, 2}) {
        SCOPED_TRACE(fmt::format("stride {} padding {} groups {}", stride, padding, groups));
        const Expr e = conv1d(n, h, stride, padding, groups, c, k);
        expect_same_when_bound(e, {{"n", 2}, {"h", 9}, {"c", 2}, {"k", 3}});
        expect_same_when_bound(e, {{"n", 1}, {"h", 8}, {"c", 1}, {"k", 2}});
        EXPECT_TRUE(classify(e)->kind.ends_with("GEMM")) << classify(e)->kind;
      }
}

TEST(Symbolic, AccessesAreProvedOrRefused) {
  const Type t{DType::F32, {h}};
  const Input x(0, t);
  const Index i("i", h), j("j", floor_div(h - 3, 2) + 1), r("r", 3);
  EXPECT_NO_THROW(compute({t}, {i}, x(-i + h - 1)));
  EXPECT_NO_THROW(compute({t}, {j}, max({r}, x(j * 2 + r))));
  EXPECT_THROW(compute({t}, {i}, x(i + 1)), Error);
  EXPECT_NO_THROW(compute({t}, {i}, x.outside(0)(i + 1)));
  const Index few("f", Dim::symbol("few", 0, 7));
  EXPECT_NO_THROW(compute({t}, {few}, x(few))) << "at most 7 of at least 7";
}

TEST(Symbolic, ConditionsGoWhenExtentsAreKnown) {
  const Type t{DType::F64, {n}};
  const Input x(0, t);
  const Index i("i", n);
  const Expr e = compute({t}, {i}, where(i < 5, x(i), 0));
  EXPECT_NE(to_text(e).find("guard"), std::string::npos);
  EXPECT_EQ(to_text(with_values(e, {{"n", 4}})), "[i0:4] x0[i0]");
  EXPECT_NE(to_text(with_values(e, {{"n", 6}})).find("guard"), std::string::npos);
  EXPECT_THROW(with_values(e, {{"n", 0}}), Error);
}

TEST(Symbolic, FusesByProof) {
  const Type t{DType::F64, {h}};
  const Index i("i", h), j("j", h + 2);
  const Expr producer = compute({t}, {i}, exp(Input(0, t)(i)));
  const Expr consumer = compute({t}, {j}, Input(0, t).outside(0)(j - 1));
  const auto fused = fuse(consumer, 0, producer);
  ASSERT_TRUE(fused);
  EXPECT_EQ(to_text(*fused), "[i0:?h:7.. + 2] guard(0 <= i0 - 1 < ?h:7..; exp(x0[i0 - 1]); 0:f64)");
}

TEST(Symbolic, SplitsJoinedDimensions) {
  const Type flat{DType::F64, {n * 4}};
  const Index i("i", n), r("r", 4), j("j", n * 4);
  const Type square{DType::F64, {n, 4}};
  const Expr view = compute({square}, {join(i, r)}, tanh(Input(0, square)(i, r)));
  const Expr consumer = compute({flat}, {i, r}, Input(0, flat)(i * 4 + r) * 2);
  const auto fused = fuse(consumer, 0, view);
  ASSERT_TRUE(fused);
  EXPECT_EQ(to_text(*fused), "[i0:?n, i1:4] tanh(x0[i0, i1]) * 2:f64");
}

}  // namespace
}  // namespace tenon::expr
