// Fusion: the fused expression has the value of the two, and refusals say why.
#include <gtest/gtest.h>

#include "expr/testing.h"

namespace tenon::expr {
namespace {

using testing::distance;
using testing::random_array;

Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }

Array random(const Type& t, std::uint64_t seed, i64 ids_below) {
  Rng rng(seed);
  return random_array(rng, t, is_float(t.dtype) ? -1 : 0, is_float(t.dtype) ? 1 : static_cast<double>(ids_below));
}

/// "fused" after comparing values, or why not. `tolerance`: of sums in another order.
std::string fused(const Expr& consumer, std::int32_t operand, const Expr& producer, Expr* result = nullptr,
                  double tolerance = 1e-13, i64 ids_below = 2) {
  std::string why;
  auto f = fuse(consumer, operand, producer, &why);
  if (!f) return why;
  std::vector<Array> produce, consume, both;
  for (const Type& t : producer.in) produce.push_back(random(t, produce.size() + 1, ids_below));
  Array middle = evaluate(producer, produce);
  for (std::size_t k = 0; k < consumer.in.size(); ++k) {
    bool here = k == static_cast<std::size_t>(operand);
    consume.push_back(here ? middle : random(consumer.in[k], k + 50, ids_below));
    if (!here) both.push_back(consume.back());
  }
  both.insert(both.end(), produce.begin(), produce.end());
  EXPECT_EQ(f->type(), consumer.type());
  EXPECT_LE(distance(evaluate(*f, both), evaluate(consumer, consume)), tolerance);
  if (result) *result = *f;
  return "fused";
}

Expr matmul(i64 m, i64 n, i64 k) {
  Type ta = f64({m, k}), tb = f64({k, n});
  Input a(0, ta), b(1, tb);
  Index i("i", m), j("j", n), l("k", k);
  return compute({ta, tb}, {i, j}, sum({l}, a(i, l) * b(l, j)));
}

Expr map(const Shape& shape, Scalar (*f)(const Scalar&)) {
  auto ix = indices(shape);
  return compute({f64(shape)}, dims(ix), f(Input(0, f64(shape))(ats(ix))));
}

Expr transpose(i64 rows, i64 columns) {
  Index i("i", columns), j("j", rows);
  return compute({f64({rows, columns})}, {i, j}, Input(0, f64({rows, columns}))(j, i));
}

Expr conv_rows(i64 size, i64 pad) {  // x [n, size], w [3]
  Type tx = f64({2, size}), tw = f64({3});
  Index n("n", 2), p("p", size + 2 * pad - 2), r("r", 3);
  return compute({tx, tw}, {n, p}, sum({r}, Input(0, tx).outside(0)(n, p + r - pad) * Input(1, tw)(r)));
}

Expr pad_rows(i64 size, i64 pad, double fill) {
  Type tx = f64({2, size});
  Index n("n", 2), p("p", size + 2 * pad);
  return compute({tx}, {n, p}, Input(0, tx).outside(fill)(n, p - pad));
}

std::size_t guards_in(const Expr& e) {
  return static_cast<std::size_t>(std::ranges::count_if(e.nodes, [](const Node& n) { return n.kind == Kind::Guard; }));
}

TEST(Fuse, ElementWiseAndViewsIntoContractions) {
  Expr f;
  EXPECT_EQ(fused(matmul(4, 3, 5), 0, map({4, 5}, exp)), "fused");
  EXPECT_EQ(fused(matmul(4, 3, 5), 1, transpose(3, 5), &f), "fused");
  EXPECT_EQ(classify(f)->kind, "GEMM");
  Index i("i", 4), j("j", 5);
  EXPECT_EQ(fused(matmul(4, 3, 5), 0, compute({f64({5})}, {i, j}, Input(0, f64({5}))(j))), "fused");
}

TEST(Fuse, PaddingIntoConvolution) {
  Expr f;
  EXPECT_EQ(fused(conv_rows(8, 1), 0, pad_rows(6, 1, 0), &f), "fused");
  EXPECT_EQ(guards_in(f), 1u) << "equal fills make one condition";
  EXPECT_EQ(fused(conv_rows(8, 1), 0, pad_rows(6, 1, 5), &f), "fused");
  EXPECT_EQ(guards_in(f), 2u);
  EXPECT_EQ(fused(conv_rows(8, 1), 0, map({2, 8}, exp)), "fused");  // the fill belongs to exp(x), not to x
}

TEST(Fuse, GatherAndOneHot) {
  Type table = f64({7, 3}), ids{DType::I64, {5}};
  Index i("i", 5), j("j", 3), v("v", 7);
  Expr gather = compute({table, ids}, {i, j}, Input(0, table)(Input(1, ids)(i), j));
  EXPECT_EQ(fused(matmul(5, 2, 3), 0, gather, nullptr, 1e-13, 7), "fused");
  EXPECT_EQ(fused(gather, 0, transpose(3, 7), nullptr, 0, 7), "fused");
  Expr one_hot = compute({ids}, {i, v}, where(equals(Input(0, ids)(i), v), cast(DType::F64, 1), 0));
  Expr f;
  EXPECT_EQ(fused(matmul(5, 2, 7), 0, one_hot, &f, 1e-13, 9), "fused");
  EXPECT_EQ(f.reducer, Reducer::None) << "a one-hot product is a gather";
}

TEST(Fuse, IndicesFromDataKeepTheirCheck) {
  Type table = f64({7}), ids{DType::I64, {2}};
  Index i("i", 2), j("j", 3);
  Expr gather = compute({f64({3}), ids}, {i}, Input(0, f64({3}))(Input(1, ids)(i)));
  Expr slice = compute({table}, {j}, Input(0, table)(j + 2));
  EXPECT_EQ(fused(gather, 0, slice), "an index from data would go unchecked");
}

TEST(Fuse, JoinedDimensions) {
  Type small = f64({2, 3, 4}), big = f64({2, 6, 8});
  Index c("c", 2), h("h", 3), w("w", 4), a("a", 2), b("b", 2), o("o", 5);
  Expr upsample = compute({small}, {c, join(h, a), join(w, b)}, Input(0, small)(c, h, w));
  Expr pool = compute({big}, {c, h, w}, sum({a, b}, Input(0, big)(c, h * 2 + a, w * 2 + b)));
  Expr f;
  EXPECT_EQ(fused(pool, 0, upsample, &f), "fused");
  EXPECT_EQ(fused(map({2, 6, 8}, exp), 0, upsample), "fused");
  EXPECT_EQ(fused(compute({big}, {c, o}, sum({a, b}, Input(0, big)(c, o + a, b))), 0, upsample),
            "the access would need a division");
}

TEST(Fuse, Epilogues) {
  Type y = f64({4, 3}), bias = f64({3});
  Index i("i", 4), j("j", 3), r("r", 6);
  Input x(0, y), b(1, bias);
  Expr relu = compute({y, bias}, {i, j}, max(x(i, j) + b(j), 0)), f;
  EXPECT_EQ(fused(relu, 0, matmul(4, 3, 5), &f), "fused");
  EXPECT_EQ(f.reducer, Reducer::Sum);
  EXPECT_EQ(classify(f)->kind, "GEMM");
  EXPECT_EQ(fused(transpose(4, 3), 0, matmul(4, 3, 5)), "fused");
  EXPECT_EQ(fused(compute({y}, {r, i, j}, exp(x(i, j))), 0, matmul(4, 3, 5)),
            "the reduction would be computed again for each broadcast index");
  EXPECT_EQ(fused(compute({y}, {i}, sum({j}, x(i, j))), 0, matmul(4, 3, 5)),
            "both reduce: two kernels, or one cluster");
  Index k("k", 3);
  EXPECT_EQ(fused(compute({y}, {k, j}, x(k, j) - x(k + 1, j)), 0, matmul(4, 3, 5)),
            "the reduction is read at two places");
  EXPECT_EQ(fused(compute({f64({3, 3})}, {k}, Input(0, f64({3, 3}))(k, k)), 0, matmul(3, 3, 5)), "not one to one");
  EXPECT_EQ(fused(compute({y}, {r, j}, x.outside(0)(r - 1, j)), 0, matmul(4, 3, 5)),
            "the reduction is read under a condition");
}

TEST(Fuse, EpilogueOfGroupedConvolution) {
  Type tx = f64({2, 4, 5}), tw = f64({6, 2, 3}), ty = f64({2, 6, 5}), tb = f64({6});
  Index n("n", 2), g("g", 2), k("k", 3), p("p", 5), c("c", 2), r("r", 3), f("f", 6);
  Expr conv = compute({tx, tw}, {n, join(g, k), p},
                      sum({c, r}, Input(0, tx).outside(0)(n, g * 2 + c, p + r - 1) * Input(1, tw)(g * 3 + k, c, r)));
  Expr relu = compute({ty, tb}, {n, f, p}, max(Input(0, ty)(n, f, p) + Input(1, tb)(f), 0)), fusion;
  EXPECT_EQ(fused(relu, 0, conv, &fusion), "fused");
  EXPECT_EQ(fusion.domain.out[1], 2) << "the features stay split into groups";
  EXPECT_EQ(classify(fusion)->kind, "batched implicit GEMM");
}

TEST(Fuse, KeepsTheProducersRounding) {
  Type ta{DType::BF16, {4, 5}}, tb{DType::BF16, {5, 3}}, ty{DType::BF16, {4, 3}};
  Input a(0, ta), b(1, tb), y(0, ty);
  Index i("i", 4), j("j", 3), k("k", 5);
  Expr product =
      compute({ta, tb}, {i, j}, cast(DType::BF16, sum({k}, cast(DType::F32, a(i, k)) * cast(DType::F32, b(k, j)))));
  Expr after = compute({ty}, {i, j}, cast(DType::F32, y(i, j)) * 3), f;
  EXPECT_EQ(fused(after, 0, product, &f, 0), "fused");
  EXPECT_EQ(f.accumulate, DType::F32);
  Type tx{DType::F32, {4, 3}};
  Expr narrow = compute({tx}, {i, j}, cast(DType::BF16, Input(0, tx)(i, j)));
  EXPECT_EQ(fused(after, 0, narrow, &f, 0), "fused");
}

TEST(Fuse, OperandsAreTheConsumersThenTheProducers) {
  Type t = f64({3}), u = f64({3, 2});
  Index i("i", 3), j("j", 2);
  Expr consumer = compute({u, t, u}, {i, j}, Input(0, u)(i, j) * Input(1, t)(i) - Input(2, u)(i, j));
  Expr producer = compute({f64({2}), t}, {i}, Input(0, f64({2}))(1) + Input(1, t)(i)), f;
  EXPECT_EQ(fused(consumer, 1, producer, &f), "fused");
  EXPECT_EQ(f.in, (std::vector<Type>{u, u, f64({2}), t}));
}

TEST(Fuse, RenumbersOperands) {
  Type t = f64({3});
  Index i("i", 3);
  Expr e = compute({t, t, f64({9})}, {i}, Input(0, t)(i) * Input(1, t)(i));
  Expr square = renumber_operands(e, {0, 0, -1});
  EXPECT_EQ(square.in, (std::vector<Type>{t}));
  EXPECT_EQ(square, compute({t}, {i}, Input(0, t)(i) * Input(0, t)(i)));
  EXPECT_THROW(renumber_operands(e, {0, -1, 1}), InternalError);
}

}  // namespace
}  // namespace tenon::expr
