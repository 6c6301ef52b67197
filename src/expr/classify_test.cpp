// Roles of indices in contractions, work and traffic, scatters.
#include <gtest/gtest.h>

#include "expr/testing.h"
#include "expr/text.h"

namespace tenon::expr {
namespace {

using testing::distance;
using testing::packed_product;
using testing::random_array;

Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }

struct Extents {
  std::vector<Dim> batch, m, n, k;
  friend bool operator==(const Extents&, const Extents&) = default;
};
Extents extents_of(const Contraction& c) {
  auto of = [&](const std::vector<IndexId>& v) {
    std::vector<Dim> r;
    for (IndexId i : v) r.push_back(c.open.p().extent(i));
    return r;
  };
  return {of(c.batch), of(c.m), of(c.n), of(c.k)};
}

/// The kind, after comparing the packed product with the value.
std::string kind_of(const Expr& e, Extents* roles = nullptr, i64 ids_below = 2) {
  std::string why;
  auto c = classify(e, &why);
  if (!c) return why;
  Rng rng(7);
  std::vector<Array> inputs;
  for (const Type& t : e.in)
    inputs.push_back(
        random_array(rng, t, is_float(t.dtype) ? -1 : 0, is_float(t.dtype) ? 1 : static_cast<double>(ids_below)));
  EXPECT_LT(distance(packed_product(*c, inputs), evaluate(e, inputs)), 1e-12);  // sums of at most 60 terms below 1
  if (roles) *roles = extents_of(*c);
  return c->kind;
}

Expr conv(i64 channels, i64 features, i64 groups, i64 window, i64 stride, i64 pad) {
  const i64 size = 6, out = (size + 2 * pad - window) / stride + 1;
  Type tx = f64({2, channels, size, size}), tw = f64({features, channels / groups, window, window});
  Input x(0, tx), w(1, tw);
  Index n("n", 2), g("g", groups), k("k", features / groups), p("p", out), q("q", out);
  Index c("c", channels / groups), r("r", window), s("s", window);
  return compute({tx, tw}, {n, join(g, k), p, q},
                 sum({c, r, s}, x.outside(0)(n, g * c.extent() + c, p * stride + r - pad, q * stride + s - pad) *
                                    w(g * k.extent() + k, c, r, s)));
}

TEST(Classify, Matmul) {
  Type ta = f64({4, 5}), tb = f64({5, 3}), tv = f64({5});
  Input a(0, ta), b(1, tb), v(1, tv), u(0, tv);
  Index i("i", 4), j("j", 3), k("k", 5);
  Extents roles;
  Expr matmul = compute({ta, tb}, {i, j}, sum({k}, a(i, k) * b(k, j)));
  EXPECT_EQ(kind_of(matmul, &roles), "GEMM");
  EXPECT_EQ(roles, (Extents{{}, {4}, {3}, {5}}));
  EXPECT_EQ(kind_of(compute({ta, tv}, {i}, sum({k}, a(i, k) * v(k)))), "GEMV");
  EXPECT_EQ(kind_of(compute({tv, tv}, {}, sum({k}, u(k) * v(k)))), "dot");
}

TEST(Classify, Batched) {
  Type tq = f64({2, 3, 4, 5}), tk = f64({2, 3, 6, 5});
  Input q(0, tq), key(1, tk);
  Index b("b", 2), h("h", 3), i("i", 4), j("j", 6), d("d", 5);
  Extents roles;
  Expr scores = compute({tq, tk}, {b, h, i, j}, sum({d}, q(b, h, i, d) * key(b, h, j, d)));
  EXPECT_EQ(kind_of(scores, &roles), "batched GEMM");
  EXPECT_EQ(roles.batch, (std::vector<Dim>{2, 3}));
  EXPECT_EQ(roles.k, (std::vector<Dim>{5}));
}

TEST(Classify, ConvolutionsAndTheirGradients) {
  Extents roles;
  EXPECT_EQ(kind_of(conv(3, 4, 1, 1, 1, 0), &roles), "GEMM");
  EXPECT_EQ(kind_of(conv(3, 4, 1, 3, 1, 1), &roles), "implicit GEMM");
  EXPECT_EQ(kind_of(conv(4, 6, 2, 3, 2, 1), &roles), "batched implicit GEMM");
  EXPECT_EQ(roles.batch, (std::vector<Dim>{2}));
  EXPECT_EQ(kind_of(conv(4, 4, 4, 3, 1, 1)), "depthwise-like");
  for (std::int32_t operand : {0, 1}) {
    auto terms = gradient(conv(3, 4, 1, 3, 2, 1), operand);
    ASSERT_EQ(terms.size(), 1u);
    EXPECT_EQ(kind_of(terms[0].e), "implicit GEMM");
  }
}

TEST(Classify, MixedPrecision) {
  Type ta{DType::BF16, {4, 5}}, tb{DType::BF16, {5, 3}};
  Input a(0, ta), b(1, tb);
  Index i("i", 4), j("j", 3), k("k", 5);
  Expr e =
      compute({ta, tb}, {i, j}, cast(DType::BF16, sum({k}, cast(DType::F32, a(i, k)) * cast(DType::F32, b(k, j)))));
  auto c = classify(e);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->kind, "GEMM");
  const Pool& pool = c->open.p();
  EXPECT_EQ(pool[c->a].kind, Kind::Cast);
  EXPECT_EQ(pool[c->a].dtype, DType::F32);
  EXPECT_EQ(pool[pool[c->a].args[0]].kind, Kind::Load);
}

TEST(Classify, ScalesMasksAndPresums) {
  Type ta = f64({4, 5}), tb = f64({5, 3}), tl = f64({4, 2, 5});
  Input a(0, ta), b(1, tb), l(0, tl);
  Index i("i", 4), j("j", 3), k("k", 5), r("r", 2);
  EXPECT_EQ(kind_of(compute({ta, tb}, {i, j}, sum({k}, -a(i, k) * (b(k, j) * 0.5) / 3.0))), "GEMM");
  EXPECT_EQ(kind_of(compute({ta, tb}, {i, j}, where(j <= i, sum({k}, a(i, k) * b(k, j)), -7))), "GEMM");
  EXPECT_EQ(kind_of(compute({ta, tb}, {i, j}, sum({k}, where(j <= i, a(i, k) * b(k, j), 0)))), "GEMM");
  EXPECT_EQ(kind_of(compute({tl, tb}, {i, j}, sum({k, r}, l(i, r, k) * b(k, j)))), "GEMM");
  EXPECT_EQ(kind_of(compute({ta, tb}, {i, j}, sum({k, r}, a(i, k) * b(k, j)))), "GEMM");
}

TEST(Classify, Refusals) {
  Type ta = f64({4, 5}), tb = f64({5, 3}), tc = f64({4, 3});
  Input a(0, ta), b(1, tb), c(2, tc);
  Index i("i", 4), j("j", 3), k("k", 5), none("none", 0);
  EXPECT_EQ(kind_of(compute({ta}, {i}, sum({k}, a(i, k)))), "one factor: a reduction");
  EXPECT_EQ(kind_of(compute({ta}, {i}, max({k}, a(i, k)))), "not a sum");
  Type tn = f64({4, 0}), tm = f64({0, 3});
  EXPECT_EQ(kind_of(compute({tn, tm}, {i, j}, sum({none}, Input(0, tn)(i, none) * Input(1, tm)(none, j)))),
            "an empty box");
  EXPECT_NE(kind_of(compute({ta, tb, tc}, {i, j}, sum({k}, a(i, k) * b(k, j) * c(i, j)))).find("three factors"),
            std::string::npos);
  EXPECT_NE(kind_of(compute({ta, tb}, {i, j}, sum({k}, where(Affine(i) + k <= Affine(j), a(i, k) * b(k, j), 0))))
                .find("condition"),
            std::string::npos);
  Expr distances = compute({ta, ta}, {i}, sum({k}, (a(i, k) - Input(1, ta)(i, k)) * (a(i, k) - Input(1, ta)(i, k))));
  EXPECT_EQ(kind_of(distances), "batched dot");
}

TEST(Classify, DataInTheEpilogueStaysInBounds) {
  std::vector<Type> in{f64({4, 3}), f64({2}), {DType::I64, {2}}};
  auto times = [&](const char* factor) {
    return parse(fmt::format("[i0:4, i1:3 | k0:2] sum f64: guard(0 <= (i1)/2 < 2, {{x2[(i1)/2]}} + -i0 == 0; "
                             "x1[k0] * {}; 0:f64)",
                             factor),
                 in);
  };
  Expr e = times("x0[0, i1]");
  auto c = classify(e);
  ASSERT_TRUE(c);
  std::vector<Array> inputs{Array::full(in[0], Number(2.0)), Array::full(in[1], Number(3.0)),
                            Array::full(in[2], Number::of_int(1))};
  EXPECT_EQ(testing::distance(testing::packed_product(*c, inputs), evaluate(e, inputs)), 0);
  EXPECT_FALSE(classify(times("x0[{x2[(i1)/2]}, i1]")));  // of which only the other condition says that it is valid
}

TEST(Scatters, Recognised) {
  Type ids{DType::I64, {5}}, rows = f64({5, 3}), table = f64({7, 3});
  Input id(0, ids), u(1, rows), t(1, table);
  Index i("i", 5), j("j", 3), v("v", 7);
  auto s = as_scatter(compute({ids, rows}, {v, j}, sum({i}, where(equals(id(i), v), u(i, j), 0))));
  ASSERT_TRUE(s);
  EXPECT_EQ(s->open.p().extent(s->positions.at(0).target), 7);
  EXPECT_EQ(s->open.p()[s->positions[0].index.data].operand, 0);
  EXPECT_EQ(s->open.p()[s->update].operand, 1);
  auto terms = gradient(compute({ids, table}, {i, j}, t(id(i), j)), 1);
  ASSERT_EQ(terms.size(), 1u);
  EXPECT_TRUE(as_scatter(terms[0].e));
  EXPECT_FALSE(as_scatter(compute({ids, rows}, {i}, sum({j}, u(i, j)))));
}

TEST(Scatters, OfSeveralPositions) {
  Type ids{DType::I64, {5}}, table = f64({4, 9, 2});
  Input row(1, ids), column(2, ids), t(0, table);
  Index i("i", 5), j("j", 2);
  auto terms = gradient(compute({table, ids, ids}, {i, j}, t(row(i), column(i), j)), 0);
  ASSERT_EQ(terms.size(), 1u);
  auto s = as_scatter(terms[0].e);
  ASSERT_TRUE(s);
  ASSERT_EQ(s->positions.size(), 2u);
  EXPECT_EQ(s->open.p().extent(s->positions[0].target), 4);
  EXPECT_EQ(s->open.p().extent(s->positions[1].target), 9);
}

TEST(Scatters, NotWhereTheIndexIsOnlyReadUnderACondition) {
  Type ids{DType::I64, {5}}, table = f64({4, 9});
  Input id(1, ids), t(0, table);
  Index i("i", 5), j("j", 4);
  auto terms = gradient(compute({table, ids}, {i, j}, t(id(i), i + j)), 0);
  ASSERT_EQ(terms.size(), 1u);
  EXPECT_FALSE(as_scatter(terms[0].e));
}

}  // namespace
}  // namespace tenon::expr
