// Tiles, values that are kept, and reduced values that stay in registers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "expr/build.h"
#include "loop/testing.h"
#include "loop/transform.h"

namespace tenon::loop {
namespace {

using namespace expr;
using ::testing::HasSubstr;
using testing::Names;
using testing::names;
using testing::product;

/// exp(row[i]) * x[i, j] + exp(column[j])
Nest scaled() {
  Input x(0, {DType::F32, {4, 9}}), row(1, {DType::F32, {4}}), column(2, {DType::F32, {9}});
  Index i("i", 4), j("j", 9);
  return lower(compute({x.type(), row.type(), column.type()}, {i, j}, exp(row(i)) * x(i, j) + exp(column(j))));
}

NodeId called(const Nest& nest, const std::string& formula) {
  for (std::size_t k = 0; k < nest.nodes.size(); ++k)
    if (formula_of(nest, static_cast<NodeId>(k)) == formula) return static_cast<NodeId>(k);
  return kNone;
}

TEST(Tile, SplitsAndOrdersSeveralLoopsAtOnce) {
  Nest nest = lower(product(128, 64, 32));
  tile(nest, {{"i", 16, "i.t"}, {"j", 8, "j.t"}});
  EXPECT_EQ(names(nest), (Names{"i", "j", "i.t", "j.t", "k"}));
  Nest deep = lower(product(128, 64, 32));
  tile(deep, {{"i", 16, "i.t"}, {"j", 8, "j.t"}}, "k");
  EXPECT_EQ(names(deep), (Names{"i", "j", "k", "i.t", "j.t"}));
  unroll(deep, "j.t");
  check(nest);
}

TEST(Tile, SaysWhatForbidsItAndChangesNothing) {
  Nest nest = lower(product(128, 64, 32));
  const std::string before = to_text(nest);
  EXPECT_EQ(error_of([&] { tile(nest, {}); }), "tile: there are no loops to split");
  EXPECT_EQ(error_of([&] { tile(nest, {{"i", 4, "i.t"}, {"q", 4, "q.t"}}); }),
            "tile: there is no loop q; the loops are i, j, k");
  EXPECT_EQ(error_of([&] { tile(nest, {{"i", 4, "t"}, {"j", 4, "t"}}); }), "tile: split j: there is already a loop t");
  EXPECT_EQ(error_of([&] { tile(nest, {{"i", 4, "i.t"}, {"j", 4, "j.t"}}, "i"); }),
            "tile: interchange j.t: j is a part of the same index, and parts keep their order");
  EXPECT_EQ(to_text(nest), before);
}

TEST(Hoist, KeepsInARegisterWhatVariesAlongNoInnerLoop) {
  Nest nest = scaled();
  hoist(nest, called(nest, "exp(in1[i])"), "i");
  check(nest);
  EXPECT_EQ(to_text(nest),
            "serial i < 4\n"
            "  once: exp(in1[i])\n"
            "  serial j < 9\n"
            "    out[9*i + j] = add(mul(exp(in1[i]), in0[9*i + j]), exp(in2[j]))\n");
  interchange(nest, "j", "");
  EXPECT_EQ(error_of([&] { check(nest); }), "");
  Nest late = scaled();
  hoist(late, called(late, "exp(in1[i])"), "i");
  split(late, "i", 2, "i.u");
  EXPECT_EQ(error_of([&] { check(late); }), "hoist exp(in1[i]) to i: it varies along loop i.u, inside of i");
}

TEST(Hoist, KeepsACopyOfWhatVaries) {
  Nest nest = scaled();
  hoist(nest, called(nest, "exp(in2[j])"), "");
  check(nest);
  EXPECT_EQ(to_text(nest),
            "in3 = copy of exp(in2[j]) along j\n"
            "serial i < 4\n"
            "  serial j < 9\n"
            "    out[9*i + j] = add(mul(exp(in1[i]), in0[9*i + j]), in3[j])\n");
}

TEST(Hoist, SaysWhatForbidsIt) {
  Nest sum = lower(product(4, 5, 6));
  EXPECT_EQ(error_of([&] { hoist(sum, sum.post, "i"); }),
            "hoist acc to i: it reads the reduced value, which is complete behind the reduction only");
  interchange(sum, "i", "k");
  unroll(sum, "i");
  EXPECT_EQ(error_of([&] { hoist(sum, called(sum, "in0[6*i + k]"), "k"); }),
            "hoist in0[6*i + k] to k: it varies along loop i, and no copy can be kept of it; pack at k: the loop is "
            "part of a reduction that is held in registers");
  Input x(0, {DType::F32, {4}}), y(1, {DType::F32, {4, 9}});
  Index i("i", 4), j("j", 9);
  Nest padded = lower(compute({x.type(), y.type()}, {i, j}, x.outside(0)(i + 2) * y(i, j)));
  EXPECT_EQ(error_of([&] { hoist(padded, called(padded, "in0[i + 2]"), "i"); }),
            "hoist in0[i + 2] to i: it is read where a condition holds only, and may lie outside of its operand "
            "elsewhere");
  EXPECT_THAT(error_of([&] { hoist(padded, 99, "i"); }), HasSubstr("there is no value 99"));
}

TEST(Hoist, ACopyIsMadeOfCopiesThatAreThere) {
  Nest nest = lower(product(4, 5, 6));
  interchange(nest, "j", "");
  hoist(nest, called(nest, "in0[6*i + k]"), "i");
  const NodeId both = nest.body;
  EXPECT_EQ(
      error_of([&] { hoist(nest, both, "j"); }),
      "hoist mul(in2[k], in1[j + 5*k]) to j: it varies along loop i, and no copy can be kept of it; pack at j: the "
      "value reads in2, which is copied at i, inside of it");
}

TEST(Check, SaysWhenALaterStepTakesAwayWhatACopyCovers) {
  Nest nest = lower(product(4, 5, 6));
  hoist(nest, called(nest, "in1[j + 5*k]"), "i");
  check(nest);
  interchange(nest, "i", "j");
  EXPECT_THAT(error_of([&] { check(nest); }), HasSubstr("in2, a copy of in1[j + 5*k] made at i, does not hold what"));
}

TEST(Promote, HoldsReducedValuesInRegisters) {
  Nest nest = lower(product(4, 5, 6));
  promote(nest, "");
  EXPECT_THAT(to_text(nest), HasSubstr("acc = identity of sum (f32, 1 x 1, in registers)"));
  interchange(nest, "k", "i");
  EXPECT_EQ(error_of([&] { check(nest); }),
            "promote from the outside on: each trip of the reduction loop k goes on with the values of all 5 trips of "
            "loop j inside of it, and all of them are not held in registers; unroll or vectorize j, or move it outside "
            "of k");
  unroll(nest, "j");
  check(nest);
  Nest blocks = lower(product(4, 5, 6));
  split(blocks, "k", 2, "k.u");
  interchange(blocks, "k", "");
  EXPECT_THAT(error_of([&] { promote(blocks, ""); }), HasSubstr("each trip of the reduction loop k"));
  promote(blocks, "k");
  check(blocks);
}

TEST(Promote, SaysWhatForbidsIt) {
  Nest plain = scaled();
  EXPECT_THAT(error_of([&] { promote(plain, ""); }), HasSubstr("nothing is reduced"));
  Input u(0, {DType::F32, {6, 4}}), ids(1, {DType::I64, {6}});
  Index v("v", 9), j("j", 4), i("i", 6);
  Nest scatter = lower(compute({u.type(), ids.type()}, {v, j}, sum({i}, where(equals(ids(i), v), u(i, j), 0))));
  EXPECT_THAT(error_of([&] { promote(scatter, ""); }), HasSubstr("is read from data, in1[k]"));
  EXPECT_EQ(error_of([&] { parallelize(scatter, "k"); }),
            "parallelize k: where in1[k] names one position in several trips, all of them add to the same element");
  split(scatter, "k", 2, "k.v");
  EXPECT_EQ(
      error_of([&] { vectorize(scatter, "k.v"); }),
      "vectorize k.v: where in1[k] names one position in several trips, their lanes would add to the same element "
      "at once");
}

TEST(Refusals, NameTheLoopThatCarriesTheDependence) {
  Nest nest = lower(product(4, 32, 9));
  EXPECT_EQ(
      error_of([&] { parallelize(nest, "k"); }),
      "parallelize k: its trips share one reduced value: each goes on with the sum that the trip before has left");
  parallelize(nest, "i");
  EXPECT_EQ(error_of([&] { interchange(nest, "k", ""); }),
            "interchange k: it cannot pass i: i is parallel, and threads run its trips at once, each with all loops "
            "inside to the end");
  Input a(0, {DType::F32, {4, 9}});
  Index i("i", 4), k("k", 9);
  Nest positions = lower(compute({a.type()}, {i}, argmax({k}, a(i, k))));
  interchange(positions, "k", "");
  EXPECT_EQ(
      error_of([&] { check(positions); }),
      "loop i inside of the reduction loop k would keep its reduced values in memory, since each trip of k goes on "
      "with what the trip before has left for all trips of i: the output holds positions, not the extremes found "
      "so far; unroll or vectorize i");
}

}  // namespace
}  // namespace tenon::loop
