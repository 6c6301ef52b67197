#include "schedule/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "expr/build.h"
#include "schedule/contraction.h"
#include "schedule/tile.h"

namespace tenon::schedule {
namespace {

using namespace expr;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Processor wide() {
  Processor p;
  p.vector_bits = 512;
  p.vector_registers = 32;
  p.fma = p.masked_memory = true;
  p.caches = {{32 << 10, 8, 64, false}, {1 << 20, 8, 64, false}};
  return p;
}

Processor narrow() {
  Processor p = wide();
  p.vector_bits = 256;
  p.vector_registers = 16;
  return p;
}

loop::Nest product(Dim m, Dim n, Dim k, bool transposed = false) {
  Input a(0, {DType::F32, {m, k}}), b(1, {DType::F32, transposed ? Shape{n, k} : Shape{k, n}});
  Index i("i", m), j("j", n), l("l", k);
  return loop::lower(compute({a.type(), b.type()}, {i, j}, sum({l}, a(i, l) * (transposed ? b(j, l) : b(l, j)))));
}

const loop::Loop& vector_of(const loop::Nest& nest) {
  EXPECT_NE(nest.vector_loop(), nullptr);
  return *nest.vector_loop();
}

TEST(Tile, UsesTheRegistersThereAre) {
  for (const Processor& p : {wide(), narrow()})
    for (Dim m : {1, 5, 13, 64, 1000})
      for (Dim n : {1, 2, 3, 64}) {
        TileShape t = choose_tile(m, n, 500, p, 0);
        EXPECT_GE(t.rows, 1);
        EXPECT_LE(t.rows, m);
        EXPECT_LE(t.columns, n);
        EXPECT_LE(t.rows * t.columns + 2, p.vector_registers);
        EXPECT_TRUE(m < 64 || n < 64 || t.rows * t.columns >= p.vector_registers / 2);
      }
}

TEST(Choose, TilesAContraction) {
  for (const Processor& p : {wide(), narrow()})
    for (bool transposed : {false, true}) {
      loop::Nest nest = product(128, 128, 784, transposed);
      Schedule s = choose(nest, p);
      EXPECT_THAT(s.name, HasSubstr("contraction"));
      loop::Nest done = apply(nest, s);
      EXPECT_EQ(vector_of(done).trips, p.vector_bits / 32);
      EXPECT_EQ(done.names[static_cast<std::size_t>(vector_of(done).index)], transposed ? "k" : "j");
      EXPECT_EQ(done.loops[0].kind, loop::LoopKind::Parallel);
      Dim sums = 1;
      for (const loop::Loop& l : done.loops)
        if (l.kind == loop::LoopKind::Unrolled) sums *= l.trips;
      EXPECT_GE(sums, p.vector_registers / 2);
    }
}

TEST(Choose, VectorisesOverTheUnitStride) {
  Input a(0, {DType::F32, {100, 200}});
  Index i("i", 100), j("j", 200);
  loop::Nest columns = loop::lower(compute({a.type()}, {j}, sum({i}, a(i, j))));
  loop::Nest rows = loop::lower(compute({a.type()}, {i}, sum({j}, a(i, j))));
  EXPECT_TRUE(columns.is_parallel(vector_of(apply(columns, choose(columns, wide()))).index));
  EXPECT_FALSE(rows.is_parallel(vector_of(apply(rows, choose(rows, wide()))).index));
}

TEST(Choose, WalksContiguousRowsAsOne) {
  Input a(0, {DType::F32, {128, 10}});
  Index i("i", 128), j("j", 10);
  loop::Nest nest = loop::lower(compute({a.type()}, {i, j}, -a(i, j)));
  loop::Nest done = apply(nest, choose(nest, wide()));
  EXPECT_EQ(done.extent, std::vector<Dim>{1280});
}

TEST(Choose, IsTheSameEveryTime) {
  loop::Nest nest = product(100, 70, 50);
  Processor many = wide();
  many.cores = 64;
  EXPECT_EQ(choose(nest, wide()), choose(nest, wide()));
  EXPECT_EQ(choose(nest, wide()), choose(nest, many));
}

TEST(Choose, HandlesEmptyAndScalarExpressions) {
  Input a(0, {DType::F32, {0, 4}});
  Index i("i", 0), j("j", 4);
  loop::Nest empty = loop::lower(compute({a.type()}, {i, j}, -a(i, j)));
  EXPECT_NO_THROW(apply(empty, choose(empty, wide())));
  Input s(0, {DType::F32, {}});
  loop::Nest scalar = loop::lower(compute({s.type()}, {}, -s()));
  EXPECT_NO_THROW(apply(scalar, choose(scalar, wide())));
}

std::vector<loop::Nest> nests_of_all_kinds() {
  Input a(0, {DType::F32, {100, 200}}), v(1, {DType::F32, {200}}), p(2, {DType::I64, {100}});
  Index i("i", 100), j("j", 200), w("w", 50);
  std::vector<loop::Nest> all{product(128, 96, 784), product(128, 96, 784, true), product(1, 512, 512),
                              product(7, 3, 5)};
  all.push_back(loop::lower(compute({a.type(), v.type()}, {i, j}, exp(a(i, j)) + v(j))));
  all.push_back(loop::lower(compute({a.type(), v.type()}, {i, j}, atan2(pow(sin(a(i, j)), tanh(v(j))), cos(v(j))))));
  all.push_back(loop::lower(compute({a.type()}, {j, i}, -a(i, j))));
  all.push_back(loop::lower(compute({a.type()}, {i}, sum({j}, a(i, j)))));
  all.push_back(loop::lower(compute({a.type()}, {j}, max({i}, a(i, j)))));
  all.push_back(loop::lower(compute({a.type()}, {i}, argmax({j}, a(i, j)))));
  return all;
}

TEST(Choose, TakesTheCheapestAlternative) {
  for (const Processor& p : {wide(), narrow()})
    for (const loop::Nest& nest : nests_of_all_kinds()) {
      SCOPED_TRACE(loop::to_text(nest));
      const std::vector<Candidate> all = alternatives(nest, p);
      ASSERT_FALSE(all.empty());
      EXPECT_EQ(all[0].schedule, choose(nest, p));
      EXPECT_EQ(all[0].declined, "");
      for (std::size_t k = 1; k < all.size(); ++k) {
        SCOPED_TRACE(to_text(all[k].schedule));
        EXPECT_NE(all[k].declined, "");
        EXPECT_TRUE(all[k].cycles >= all[0].cycles || all[k].declined.find("instructions") != std::string::npos);
        EXPECT_NO_THROW(apply(nest, all[k].schedule));
        for (std::size_t other = 0; other < k; ++other) EXPECT_NE(all[k].schedule, all[other].schedule);
      }
    }
}

TEST(Choose, KnowsOtherVectorsTilesAndLongCode) {
  const auto names = [](const loop::Nest& nest) {
    std::string s;
    for (const Candidate& c : alternatives(nest, wide())) s += fmt::format("{} ({})\n", c.schedule.name, c.declined);
    return s;
  };
  const std::vector<loop::Nest> all = nests_of_all_kinds();
  EXPECT_THAT(names(all[0]), HasSubstr("vectors of 16 over k"));
  EXPECT_THAT(names(all[0]), HasSubstr("contraction"));
  EXPECT_THAT(names(all[4]), HasSubstr("elementwise ("));
  EXPECT_THAT(names(all[4]), HasSubstr("vectors of 16 over i"));
  EXPECT_THAT(names(all[5]), HasSubstr("instructions in one trip; at most 160 are emitted"));
}

TEST(Model, CountsOperations) {
  EXPECT_EQ(operations_of(product(8, 4, 16)), 2 * 8 * 4 * 16);
  Input a(0, {DType::F32, {10}}), wide(0, {DType::F64, {10}});
  Index i("i", 10);
  EXPECT_EQ(operations_of(loop::lower(compute({a.type()}, {i}, a(i) + 1))), 10);
  const double exps = operations_of(loop::lower(compute({a.type()}, {i}, exp(a(i)))));
  EXPECT_GE(exps, 10 * 20);
  Index j("j", 5);
  EXPECT_EQ(operations_of(loop::lower(compute({a.type()}, {j, i}, exp(a(i)) * cast(DType::F32, value(j))))),
            exps + 5 * 10);
  EXPECT_GT(operations_of(loop::lower(compute({wide.type()}, {i}, exp(wide(i))))), exps);
}

std::vector<std::string> steps_of_kind(const Schedule& s, Step::Kind kind) {
  std::vector<std::string> list;
  for (const Step& step : s.steps)
    if (step.kind == kind) list.push_back(to_text(step));
  return list;
}

TEST(Product, SaysWhyNothingIsCopied) {
  const Candidate small = alternatives(product(64, 64, 256), wide())[0];
  EXPECT_THAT(steps_of_kind(small.schedule, Step::Kind::Pack), IsEmpty());
  EXPECT_THAT(small.remarks, ElementsAre("columns not copied: 65536 bytes of them stay in the second cache",
                                         "rows not copied: 2 tiles of columns read them"));
  const Candidate few = alternatives(product(64, 2048, 1000), wide())[0];
  EXPECT_THAT(few.remarks, Contains(HasSubstr("tiles of rows read them, a copy pays from 16 on")));
}

TEST(Product, CopiesWhatFallsOutOfTheCaches) {
  const Schedule large = choose(product(2048, 2048, 4096), wide());
  EXPECT_THAT(steps_of_kind(large, Step::Kind::Pack), SizeIs(2)) << to_text(large);
  EXPECT_THAT(large.name, HasSubstr("2048 steps at a time"));
  EXPECT_TRUE(apply(product(2048, 2048, 4096), large).reduces_in_blocks());
}

TEST(Product, StoresConstantColumnsInPanelsOfATile) {
  Input a(0, {DType::F32, {100, 64}}), b(1, {DType::F32, {64, 100}});
  Index i("i", 100), j("j", 100), k("k", 64);
  const Expr e = compute({a.type(), b.type()}, {i, j}, sum({k}, a(i, k) * b(k, j)));
  const std::vector<Layout> layouts = constant_layouts(e, {0, 1}, wide());
  EXPECT_TRUE(layouts[0].is_row_major());
  ASSERT_EQ(layouts[1].digits.size(), 3u);
  const i64 columns = layouts[1].digits[0].radix;
  EXPECT_EQ(columns % 16, 0);
  const Schedule s = choose(loop::lower(e, layouts), wide());
  EXPECT_THAT(s.name, HasSubstr(fmt::format("x{}", columns)));
  EXPECT_TRUE(constant_layouts(e, {0, 0}, wide())[1].is_row_major());
}

TEST(Product, UsesDotProductsWhereTheProcessorHasThem) {
  Input a(0, {DType::U8, {64, 256}}), b(1, {DType::I8, {256, 64}});
  Index i("i", 64), j("j", 64), k("k", 256);
  const Expr e = compute({a.type(), b.type()}, {i, j},
                         reduce(Reducer::Sum, {k}, cast(DType::I32, a(i, k)) * cast(DType::I32, b(k, j)), DType::I32));
  Processor with = wide();
  with.triple = "x86_64-unknown-linux-gnu", with.int8_dot = true;
  EXPECT_THAT(choose(loop::lower(e), with).name, HasSubstr("dot products of 4"));
  EXPECT_THAT(alternatives(loop::lower(e), wide())[0].remarks,
              Contains("no dot products: the processor has no instructions for them that are known here"));
}

TEST(Schedule, ReadsAsText) {
  Schedule s{"by hand",
             {{Step::Kind::Split, "i", 4, "i.u"},
              {Step::Kind::Interchange, "k", 1, "i"},
              {Step::Kind::Parallelize, "i", 1, {}}}};
  EXPECT_EQ(to_text(s), "by hand\n  split i by 4 into i, i.u\n  interchange k inside i\n  parallelize i\n");
}

TEST(Choose, KeepsFunctionsThatSeveralRowsShare) {
  Input a(0, {DType::F32, {100, 200}}), v(1, {DType::F32, {200}}), rows(2, {DType::F32, {100}});
  Index i("i", 100), j("j", 200);
  const auto chosen = [&](const Scalar& s) {
    const loop::Nest nest = loop::lower(compute({a.type(), v.type(), rows.type()}, {i, j}, s));
    return apply(nest, choose(nest, wide()));
  };
  const loop::Nest kept = chosen(a(i, j) * exp(v(j)));
  ASSERT_EQ(kept.packs.size(), 1u);
  EXPECT_EQ(kept.packs[0].at, "");
  EXPECT_TRUE(chosen(exp(a(i, j)) * v(j)).packs.empty()) << "each is another one";
  EXPECT_TRUE(chosen(a(i, j) * exp(rows(i))).packs.empty()) << "in a register";
  EXPECT_TRUE(chosen(a(i, j) * abs(v(j))).packs.empty()) << "no less than reading it";
}

TEST(Schedule, TilesHoistsAndPromotes) {
  Step tile{Step::Kind::Tile, "k"};
  tile.parts = {{"i", 4, "i.t"}, {"j", 16, "j.t"}};
  Step hoist{Step::Kind::Hoist, "j"}, promote{Step::Kind::Promote};
  loop::Nest nest = product(64, 64, 32);
  hoist.value = nest.node(nest.body).args[0];
  const Schedule s{"by hand",
                   {tile,
                    {Step::Kind::Vectorize, "j.t"},
                    {Step::Kind::Unroll, "i.t"},
                    {Step::Kind::Interchange, "i", 1, "j"},
                    hoist,
                    promote}};
  EXPECT_EQ(to_text(s), fmt::format("by hand\n"
                                    "  tile i by 4 into i, i.t; j by 16 into j, j.t; inside k\n"
                                    "  vectorize j.t\n"
                                    "  unroll i.t\n"
                                    "  interchange i inside j\n"
                                    "  hoist t{} to j\n"
                                    "  promote from the outside on\n",
                                    hoist.value));
  const loop::Nest done = apply(nest, s);
  EXPECT_EQ(done.packs.size(), 1u);
  EXPECT_THROW(apply(nest, {"bad", {promote, {Step::Kind::Interchange, "k", 1, "i"}}}), Error);
}

TEST(Schedule, RefusesWhatIsNotPossible) {
  EXPECT_THROW(apply(product(4, 4, 4), {"bad", {{Step::Kind::Unroll, "i", 1, {}}}}), Error);
  EXPECT_THROW(apply(product(4, 4, 4), {"bad", {{Step::Kind::Vectorize, "i", 1, {}}}}), Error);
}

}  // namespace
}  // namespace tenon::schedule
