// Rewriting and proofs.
#include "expr/pool.h"

#include <gtest/gtest.h>

#include "expr/build.h"

namespace tenon::expr {
namespace {

TEST(Pool, EqualNodesAreOne) {
  Pool p;
  IndexId i = p.fresh("i", 4);
  NodeId a = p.load(0, DType::F32, {Coord{Affine::of(i)}}), b = p.load(0, DType::F32, {Coord{Affine::of(i)}});
  EXPECT_EQ(a, b);
  EXPECT_EQ(p.mul(a, p.constant(Number(1.0), DType::F32)), a);
  EXPECT_EQ(p.cast(DType::F32, a), a);
}

TEST(Pool, AffineFormsAreReducedAndExact) {
  Affine i = Affine::of(0), j = Affine::of(1);
  Affine half = exact_div(i * 2 + j * 4 + Affine(6), 4);
  EXPECT_EQ(half.den, 2);
  EXPECT_EQ(half.coef(0), 1);
  EXPECT_EQ(half.coef(1), 2);
  EXPECT_EQ(half.offset, 3);
  EXPECT_EQ(half * 2, i + j * 2 + Affine(3));
  EXPECT_TRUE((i - i).is_constant());
  EXPECT_TRUE(never_integer(exact_div(i * 2 + Affine(1), 2)));
  EXPECT_FALSE(never_integer(exact_div(i + Affine(1), 2)));
}

TEST(Pool, RangesCombineConditions) {
  Pool p;
  IndexId o = p.fresh("o", 10), r = p.fresh("r", 3);
  Affine e = Affine::of(o) + Affine::of(r) - Affine(1);
  Range box = range_of(p, e, {});
  EXPECT_TRUE(box.at_least(-1));
  EXPECT_FALSE(box.at_least(0));
  EXPECT_TRUE(box.less_than(11));
  EXPECT_FALSE(box.less_than(10));
  EXPECT_FALSE(implied(p, {{e}, 0, 10}, {}));
  EXPECT_TRUE(implied(p, {{e}, 0, 10}, {Cond{{e}, 0, 10}}));
  // 0 <= o + r - 1 < 10 bounds o + r too.
  EXPECT_TRUE(implied(p, {{e + Affine(1)}, 1, 11}, {Cond{{e}, 0, 10}}));
}

TEST(Pool, TidyDropsWhatIsCertain) {
  Pool p;
  IndexId i = p.fresh("i", 4);
  NodeId x = p.load(0, DType::F32, {Coord{Affine::of(i)}}), zero = p.constant(Number(0.0), DType::F32);
  EXPECT_EQ(tidy(p, p.guard({Cond{{Affine::of(i)}, 0, 4}}, x, zero)), x);
  EXPECT_EQ(tidy(p, p.guard({Cond{{Affine::of(i)}, 4, 9}}, x, zero)), zero);
  NodeId nested = p.guard({Cond{{Affine::of(i)}, 1, 9}}, p.guard({Cond{{Affine::of(i)}, -9, 3}}, x, zero), zero);
  NodeId t = tidy(p, nested);
  EXPECT_EQ(p[t].kind, Kind::Guard);
  EXPECT_EQ(p[t].cond.size(), 2u);
  EXPECT_EQ(p[t].args[0], x);
}

TEST(Pool, SubstitutionKeepsDataSimple) {
  Pool p;
  IndexId i = p.fresh("i", 4);
  NodeId id = p.load(1, DType::I64, {Coord{Affine(0)}});
  Substitution s{{i, {Affine(0), id}}};
  EXPECT_EQ(substitute(p, Coord{Affine::of(i) + Affine(2)}, s), (Coord{Affine(2), id}));
  EXPECT_THROW(substitute(p, Coord{Affine::of(i, 2)}, s), Error);
}

TEST(Pool, IndicesOfExtentOneVanish) {
  Type t{DType::F32, {1, 3}};
  Input x(0, t);
  Index i("i", 1), j("j", 3);
  Expr e = compute({t}, {i, j}, x(i, j));
  EXPECT_EQ(e.type().shape, (Shape{1, 3}));
  for (const Node& n : e.nodes) EXPECT_TRUE(n.kind != Kind::Load || n.at[0].at.is_constant());
}

}  // namespace
}  // namespace tenon::expr
