#include "loop/transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "expr/build.h"
#include "loop/testing.h"

namespace tenon::loop {
namespace {

using namespace expr;
using ::testing::HasSubstr;
using testing::Names;
using testing::names;
using testing::product;

TEST(Lower, GivesOneLoopPerIndexAndFlatAccesses) {
  Nest nest = lower(product(5, 7, 9));
  check(nest);
  EXPECT_EQ(names(nest), (Names{"i", "j", "k"}));
  ASSERT_EQ(nest.accesses.size(), 2u);
  EXPECT_EQ(nest.accesses[0].offset, Affine::of(0, 9) + Affine::of(2));
  EXPECT_EQ(nest.accesses[1].offset, Affine::of(1) + Affine::of(2, 7));
  EXPECT_EQ(nest.out_offset, Affine::of(0, 7) + Affine::of(1));
  EXPECT_EQ(to_text(nest),
            "serial i < 5\n"
            "  serial j < 7\n"
            "    acc = identity of sum (f32, 1 x 1)\n"
            "    serial k < 9\n"
            "      acc = sum(acc, mul(in0[9*i + k], in1[j + 7*k]))\n"
            "    out[7*i + j] = acc\n");
}

TEST(Lower, RecognisesAScatter) {
  Input u(0, {DType::F32, {6, 4}}), ids(1, {DType::I64, {6}});
  expr::Index v("v", 9), j("j", 4), i("i", 6);
  Nest nest = lower(compute({u.type(), ids.type()}, {v, j}, sum({i}, where(equals(ids(i), v), u(i, j), 0))));
  ASSERT_TRUE(nest.scatter.has_value());
  ASSERT_EQ(nest.scatter->positions.size(), 1u);
  EXPECT_TRUE(nest.scatter->aims_at(0));
  EXPECT_EQ(names(nest), (Names{"j", "k"}));
  check(nest);
  EXPECT_THAT(to_text(nest), HasSubstr("out[4*i + j] += in0[j + 4*k]"));
}

TEST(Collapse, JoinsWhatEveryAccessWalksAsOne) {
  Input a(0, {DType::F32, {3, 4, 5}}), b(1, {DType::F32, {5}});
  expr::Index i("i", 3), j("j", 4), k("k", 5);
  Nest all = lower(compute({a.type(), b.type()}, {i, j, k}, -a(i, j, k)));
  collapse(all);
  EXPECT_EQ(names(all), Names{"ijl"});
  EXPECT_EQ(all.extent, std::vector<Dim>{60});
  Nest rows = lower(compute({a.type(), b.type()}, {i, j, k}, a(i, j, k) + b(k)));
  collapse(rows);
  EXPECT_EQ(rows.extent, (std::vector<Dim>{12, 5}));
  EXPECT_EQ(rows.out_offset, Affine::of(0, 5) + Affine::of(1));
  Nest transposed = lower(compute({a.type(), b.type()}, {k, i, j}, a(i, j, k)));
  collapse(transposed);
  EXPECT_EQ(transposed.extent, (std::vector<Dim>{5, 12}));
  check(transposed);
}

TEST(Collapse, DropsIndicesOfExtentOne) {
  Nest nest = lower(product(1, 7, 9));
  collapse(nest);
  EXPECT_EQ(names(nest), (Names{"j", "k"}));
  EXPECT_EQ(nest.parallel, 1);
  check(nest);
}

TEST(Collapse, KeepsPositionsOfExtremes) {
  Input a(0, {DType::F32, {3, 4}});
  expr::Index i("i", 3), j("j", 4);
  Nest in_order = lower(compute({a.type()}, {}, argmax({i, j}, a(i, j))));
  collapse(in_order);
  EXPECT_EQ(in_order.extent, std::vector<Dim>{12});
  Nest across = lower(compute({a.type()}, {}, argmax({j, i}, a(i, j))));
  collapse(across);
  EXPECT_EQ(across.extent, (std::vector<Dim>{4, 3}));
}

TEST(Collapse, NeedsAFreshNest) {
  Nest nest = lower(product(5, 7, 9));
  split(nest, "i", 2, "i.u");
  EXPECT_THAT(error_of([&] { collapse(nest); }), HasSubstr("already transformed"));
}

TEST(Divide, MakesAnIndexOfEqualParts) {
  Nest nest = lower(product(12, 7, 9));
  divide(nest, "i", 4, "i.p");
  EXPECT_EQ(names(nest), (Names{"i.p", "i", "j", "k"}));
  EXPECT_EQ(nest.extent, (std::vector<Dim>{4, 3, 7, 9}));
  EXPECT_EQ(nest.parallel, 3);
  EXPECT_EQ(nest.out_offset, Affine::of(0, 21) + Affine::of(1, 7) + Affine::of(2));
  interchange(nest, "i", "");
  check(nest);
  EXPECT_THAT(to_text(nest), HasSubstr("mul(in0[27*i.p + 9*i + k], in1[j + 7*k])"));
  divide(nest, "k", 3, "k.p");
  EXPECT_EQ(nest.parallel, 3);
  collapse(nest);
  EXPECT_EQ(nest.extent, (std::vector<Dim>{12, 7, 9}));
}

TEST(Divide, RefusesWhatItCannotSay) {
  Nest nest = lower(product(10, 7, 9));
  EXPECT_THAT(error_of([&] { divide(nest, "i", 4, "i.p"); }), HasSubstr("10 trips are not 4 equal parts"));
  EXPECT_THAT(error_of([&] { divide(nest, "i", 0, "i.p"); }), HasSubstr("are not 0 equal parts"));
  EXPECT_THAT(error_of([&] { divide(nest, "i", 5, "j"); }), HasSubstr("already an index j"));
  split(nest, "i", 2, "i.u");
  EXPECT_THAT(error_of([&] { divide(nest, "i", 5, "i.p"); }), HasSubstr("already transformed"));
}

TEST(Split, KeepsEachValueOnce) {
  Nest nest = lower(product(128, 7, 9));
  split(nest, "i", 14, "i.u");
  EXPECT_EQ(names(nest), (Names{"i", "i.u", "j", "k"}));
  EXPECT_EQ(nest.loops[0].trips, 10);
  EXPECT_EQ(nest.loops[0].step, 14);
  EXPECT_EQ(nest.loops[1].trips, 14);
  check(nest);
  split(nest, "i.u", 2, "i.v");
  EXPECT_EQ(nest.loops[1].step, 2);
  check(nest);
}

TEST(Split, SaysWhatForbidsIt) {
  Nest nest = lower(product(128, 7, 9));
  EXPECT_EQ(error_of([&] { split(nest, "q", 2, "q.u"); }), "there is no loop q; the loops are i, j, k");
  EXPECT_THAT(error_of([&] { split(nest, "i", 0, "i.u"); }), HasSubstr("must be positive"));
  EXPECT_THAT(error_of([&] { split(nest, "i", 2, "j"); }), HasSubstr("already a loop j"));
  parallelize(nest, "i");
  EXPECT_THAT(error_of([&] { split(nest, "i", 2, "i.u"); }), HasSubstr("already parallel"));
}

TEST(Interchange, MovesALoop) {
  Nest nest = lower(product(5, 7, 9));
  interchange(nest, "k", "");
  EXPECT_EQ(names(nest), (Names{"k", "i", "j"}));
  interchange(nest, "k", "j");
  EXPECT_EQ(names(nest), (Names{"i", "j", "k"}));
  interchange(nest, "i", "j");
  EXPECT_EQ(names(nest), (Names{"j", "i", "k"}));
}

TEST(Interchange, KeepsPartsOfAnIndexInOrder) {
  Nest nest = lower(product(5, 7, 9));
  split(nest, "i", 2, "i.u");
  EXPECT_THAT(error_of([&] { interchange(nest, "i.u", ""); }), HasSubstr("parts keep their order"));
  EXPECT_THAT(error_of([&] { interchange(nest, "i", "i"); }), HasSubstr("inside of itself"));
}

TEST(Unroll, WorksFromTheInside) {
  Nest nest = lower(product(4, 7, 9));
  EXPECT_THAT(error_of([&] { unroll(nest, "i"); }), HasSubstr("loop j inside of it is serial"));
  interchange(nest, "i", "k");
  unroll(nest, "i");
  EXPECT_EQ(nest.tile(), 2u);
  check(nest);
  Nest large = lower(product(4, 7, 100));
  EXPECT_THAT(error_of([&] { unroll(large, "k"); }), HasSubstr("split it into at most 64"));
}

TEST(Vectorize, NeedsTheInnermostLoopAndAPowerOfTwo) {
  Nest nest = lower(product(4, 32, 9));
  EXPECT_THAT(error_of([&] { vectorize(nest, "j"); }), HasSubstr("loop k is inside of it"));
  EXPECT_THAT(error_of([&] { vectorize(nest, "k"); }), HasSubstr("9 trips of step 1"));
  interchange(nest, "j", "k");
  vectorize(nest, "j");
  check(nest);
  ASSERT_NE(nest.vector_loop(), nullptr);
  EXPECT_EQ(nest.vector_loop()->name, "j");
}

TEST(Parallelize, NeedsTheOutermostLoopOverAParallelIndex) {
  Nest nest = lower(product(4, 32, 9));
  EXPECT_THAT(error_of([&] { parallelize(nest, "k"); }), HasSubstr("share one reduced value"));
  EXPECT_THAT(error_of([&] { parallelize(nest, "j"); }), HasSubstr("loop i is outside of it"));
  parallelize(nest, "i");
  EXPECT_EQ(nest.loops[0].kind, LoopKind::Parallel);
}

Nest copy(Dim m, Dim n, bool transposed, DType t = DType::F32) {
  Input a(0, {t, transposed ? Shape{n, m} : Shape{m, n}});
  expr::Index i("i", m), j("j", n);
  return lower(compute({a.type()}, {i, j}, transposed ? a(j, i) : a(i, j)));
}

TEST(Stream, WritesWholeVectorsPastTheCaches) {
  Nest nest = copy(4, 64, false);
  split(nest, "j", 16, "j.v");
  vectorize(nest, "j.v");
  stream(nest);
  check(nest);
  EXPECT_THAT(to_text(nest), HasSubstr("out[64*i + j] = in0[64*i + j], past the caches"));
}

TEST(Stream, SaysWhatForbidsIt) {
  Nest scalar = copy(4, 64, false);
  EXPECT_THAT(error_of([&] { stream(scalar); }), HasSubstr("no vector loop"));
  Nest odd = copy(4, 63, false);
  split(odd, "j", 16, "j.v");
  vectorize(odd, "j.v");
  EXPECT_THAT(error_of([&] { stream(odd); }), HasSubstr("loop i moves the output by 63 elements of f32"));
  Nest apart = copy(16, 64, false);
  interchange(apart, "i", "j");
  vectorize(apart, "i");
  EXPECT_THAT(error_of([&] { stream(apart); }), HasSubstr("not written as runs"));
  Nest narrow = copy(4, 64, false, DType::U8);
  split(narrow, "j", 8, "j.v");
  vectorize(narrow, "j.v");
  EXPECT_THAT(error_of([&] { stream(narrow); }), HasSubstr("a vector of 8 bytes"));
  Nest pieces = copy(4, 64, false, DType::BF16);
  split(pieces, "j", 16, "j.v");
  vectorize(pieces, "j.v");
  EXPECT_THAT(error_of([&] { stream(pieces); }), HasSubstr("32 bytes are written side by side"));
}

TEST(Prefetch, FetchesRowsOfWholeLines) {
  Nest nest = copy(512, 128, true);
  split(nest, "i", 64, "i.t");
  split(nest, "j", 32, "j.t");
  interchange(nest, "j", "");
  prefetch(nest, "i");
  ASSERT_EQ(nest.prefetches.size(), 1u);
  EXPECT_EQ(nest.prefetches[0], (Prefetch{0, "i", 16, 4, 32, 512}));
  EXPECT_THAT(to_text(nest), HasSubstr("serial i < 8 by 64, fetching the next"));
}

TEST(Prefetch, SaysWhatForbidsIt) {
  Nest single = copy(512, 128, true);
  EXPECT_THAT(error_of([&] { prefetch(single, "i"); }), HasSubstr("no access reads several rows of whole cache lines"));
  Nest sum = lower(product(64, 64, 64));
  EXPECT_THAT(error_of([&] { prefetch(sum, "k"); }), HasSubstr("outside of reductions"));
}

Expr two_after_another(Dim rows, Dim left, Dim right) {
  Input a(0, {DType::F32, {rows, left}}), b(1, {DType::F32, {rows, right}});
  expr::Index i("i", rows), j("j", left + right);
  return compute({a.type(), b.type()}, {i, j}, where(j < Affine(left), a(i, j), b(i, j - left)));
}

TEST(Partition, LeavesNoGuardOfAConcatenation) {
  const std::vector<Nest> parts = partition(lower(two_after_another(3, 100, 200)), 8);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(to_text(parts[0]),
            "serial i < 3\n"
            "  serial j < 100\n"
            "    out[300*i + j] = in0[100*i + j]\n");
  EXPECT_EQ(to_text(parts[1]),
            "serial i < 3\n"
            "  serial j < 200\n"
            "    out[300*i + j + 100] = in1[200*i + j]\n");
  for (const Nest& part : parts) check(part);
}

TEST(Partition, FollowsConditionsThatRunBackwards) {
  Input a(0, {DType::F32, {300}});
  expr::Index i("i", 400);
  const std::vector<Nest> parts = partition(lower(compute({a.type()}, {i}, a.outside(2)(319 - i))), 8);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(to_text(parts[0]), "serial i < 20\n  out[i] = 2\n");
  EXPECT_EQ(to_text(parts[1]), "serial i < 300\n  out[i + 20] = in0[-i + 299]\n");
  EXPECT_EQ(to_text(parts[2]), "serial i < 80\n  out[i + 320] = 2\n");
}

TEST(Partition, LeavesWholeWhatWouldBeMuchCodeOrShortRuns) {
  EXPECT_EQ(partition(lower(two_after_another(3, 100, 200)), 1).size(), 1u);
  EXPECT_EQ(partition(lower(two_after_another(3, 20, 30)), 8).size(), 1u);
  EXPECT_EQ(partition(lower(two_after_another(3, 100, 200)), 8, 2).size(), 1u);
  EXPECT_EQ(first_cut(lower(two_after_another(3, 100, 200)), 8), 1);
  EXPECT_EQ(first_cut(lower(product(3, 4, 5)), 8), kNone);
}

TEST(Partition, NeedsAFreshNest) {
  Nest nest = lower(two_after_another(3, 100, 200));
  split(nest, "j", 4, "j.u");
  EXPECT_THAT(error_of([&] { partition(nest, 8); }), HasSubstr("already transformed"));
}

TEST(FetchAhead, NeedsAGivenLoopAndVectorsThatMoveWithIt) {
  Nest nest = copy(12, 64, false);
  block_rows(nest, 1, 4);
  EXPECT_THAT(error_of([&] { fetch_ahead(nest, "j", 0); }), HasSubstr("the loop is serial"));
  EXPECT_THAT(error_of([&] { fetch_ahead(nest, "i.b", 0); }), HasSubstr("no vectors of it move with the loop"));
  split(nest, "j", 16, "j.v");
  vectorize(nest, "j.v");
  fetch_ahead(nest, "i.b", 0);
  ASSERT_EQ(nest.ahead.size(), 1u);
  EXPECT_EQ(nest.ahead[0], (Ahead{0, 4096}));
  check(nest);
}

TEST(Check, LetsBlocksOfASumLieInTheOutputWhereItCanHoldThem) {
  Nest nest = lower(product(4, 32, 9));
  split(nest, "k", 4, "k.b");
  interchange(nest, "k", "");
  check(nest);
  EXPECT_TRUE(nest.reduces_in_blocks());
  EXPECT_EQ(nest.first_reduction(), 3u);
  EXPECT_THAT(error_of([&] { vectorize(nest, "k.b"), stream(nest); }), HasSubstr("later blocks of the reduction read"));

  Input a(0, {DType::BF16, {4, 9}}), b(1, {DType::BF16, {9, 32}});
  expr::Index i("i", 4), j("j", 32), k("k", 9);
  Scalar x = cast(DType::F32, a(i, k)) * cast(DType::F32, b(k, j));
  Nest rounded = lower(compute({a.type(), b.type()}, {i, j}, cast(DType::BF16, sum({k}, x))));
  interchange(rounded, "k", "");
  EXPECT_THAT(error_of([&] { check(rounded); }),
              HasSubstr("loop j inside of the reduction loop k would keep its reduced values in memory"));

  Nest chains = lower(product(4, 32, 9));
  split(chains, "k", 4, "k.u");
  interchange(chains, "k", "");
  unroll(chains, "k.u");
  EXPECT_THAT(error_of([&] { check(chains); }), HasSubstr("of which the tile's loop k.u makes several"));
}

Nest tiled(Dim m, Dim n, Dim k) {
  Nest nest = lower(product(m, n, k));
  split(nest, "i", 4, "i.u");
  split(nest, "j", 8, "j.v");
  interchange(nest, "j", "");
  interchange(nest, "i", "j");
  interchange(nest, "k", "i");
  interchange(nest, "i.u", "k");
  return nest;
}

TEST(Pack, CopiesAPanelAndReadsTheCopy) {
  Nest nest = tiled(10, 20, 9);
  const NodeId columns = nest.node(nest.body).args[1];
  pack(nest, columns, "j", {"k", "j.v"}, 0);
  vectorize(nest, "j.v");
  unroll(nest, "i.u");
  check(nest);
  ASSERT_EQ(nest.packs.size(), 1u);
  EXPECT_EQ(nest.packs[0].elements, 9 * 8);
  EXPECT_EQ(nest.in.back().shape, (Shape{72}));
  EXPECT_THAT(to_text(nest), HasSubstr("in2 = copy of in1[j + 20*k] along k, j.v"));
  const Nest copy = copy_of(nest, nest.packs[0]);
  check(copy);
  EXPECT_EQ(names(copy), (Names{"j", "k", "j.v"}));
  EXPECT_EQ(copy.given(), 1u);
  nest.streams = true;
  EXPECT_FALSE(copy_of(nest, nest.packs[0]).streams) << "the copy is read at once";
}

TEST(Pack, SaysWhatForbidsIt) {
  Nest nest = tiled(10, 20, 9);
  vectorize(nest, "j.v");
  unroll(nest, "i.u");
  const NodeId rows = nest.node(nest.body).args[0], columns = nest.node(nest.body).args[1];
  auto refused = [&](NodeId value, const std::string& home, const Names& layout) {
    Nest trial = nest;
    return error_of([&] { pack(trial, value, home, layout, 0); });
  };
  EXPECT_THAT(refused(columns, "j", {"k"}), HasSubstr("the value varies along loop j.v, which the layout lacks"));
  EXPECT_THAT(refused(rows, "k", {"i.u"}), HasSubstr("part of a reduction that is held in registers"));
  EXPECT_THAT(refused(columns, "j", {"j", "k", "j.v"}), HasSubstr("loop j is not inside of it"));
  EXPECT_THAT(refused(nest.post, "j", {"k", "j.v"}), HasSubstr("not computed at every point"));
  EXPECT_THAT(refused(columns, "j", {}), HasSubstr("no loops to lie along"));
  Nest wide = lower(product(10, 20, 9));
  split(wide, "k", 3, "k.b");
  interchange(wide, "j", "");
  split(wide, "i", 4, "i.u");
  interchange(wide, "i.u", "k.b");
  unroll(wide, "i.u");
  EXPECT_THAT(error_of([&] { pack(wide, wide.node(wide.body).args[1], "j", {"k.b", "k"}, 0); }),
              HasSubstr("k.b is a part of the same index as k, and parts keep their order"));
}

TEST(Layouts, OperandsInPanelsAreReadByDigits) {
  const std::vector<Layout> layouts{{}, {{{1, 8}, {0, 1}, {1, 1}}}};
  Nest nest = lower(product(10, 20, 9), layouts);
  EXPECT_THAT(error_of([&] { check(nest); }), HasSubstr("loop j, 20 trips of 1, does not fit digits 1 to 8"));
  split(nest, "j", 8, "j.v");
  check(nest);
  const Access& panel = nest.accesses[1];
  EXPECT_EQ(step_of(panel.offset, panel.digits, nest.loops[nest.find("j")]), 9 * 8);
  EXPECT_EQ(step_of(panel.offset, panel.digits, nest.loops[nest.find("j.v")]), 1);
  EXPECT_EQ(step_of(panel.offset, panel.digits, nest.loops[nest.find("k")]), 8);
  Nest odd = lower(product(10, 20, 9), layouts);
  split(odd, "j", 6, "j.v");
  EXPECT_THAT(error_of([&] { check(odd); }), HasSubstr("loop j, 4 trips of 6, does not fit digits 1 to 8"));
}

}  // namespace
}  // namespace tenon::loop
