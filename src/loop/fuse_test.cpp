// Fusion, its inverse, and the dependences that forbid them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "expr/build.h"
#include "loop/transform.h"

namespace tenon::loop {
namespace {

using namespace expr;
using ::testing::HasSubstr;

constexpr Dim kRows = 6, kColumns = 10;

const Index& i() {
  static const Index index("i", kRows);
  return index;
}
const Index& j() {
  static const Index index("j", kColumns);
  return index;
}
const Index& k() {
  static const Index index("k", kColumns);
  return index;
}

Input matrix(std::int32_t number) { return {number, {DType::F32, {kRows, kColumns}}}; }

Nest element_wise(const Scalar& s) { return lower(compute({matrix(0).type(), matrix(1).type()}, {i(), j()}, s)); }

/// Stage 1 makes value 2 of 1; stage 2 computes `s` of operands that are value 2 and value 1.
std::string refusal(const Scalar& s) {
  const Input a = matrix(0);
  std::vector<Nest> nests{lower(compute({a.type()}, {i(), j()}, exp(a(i(), j())))), element_wise(s)};
  const std::vector<Values> values{{2, {1}}, {0, {2, 1}}};
  const std::vector<std::string> before{to_text(nests[0]), to_text(nests[1])};
  const std::string why = error_of([&] { fuse(nests, values, 1, 4); });
  for (std::size_t n = 0; n < 2 && !why.empty(); ++n) EXPECT_EQ(to_text(nests[n]), before[n]);
  for (const Nest& nest : nests) check(nest);
  return why;
}

TEST(Fuse, GivesStagesCommonLoops) {
  const Input a = matrix(0), b = matrix(1);
  std::vector<Nest> nests{lower(compute({a.type()}, {i()}, max({k()}, a(i(), k())))),
                          lower(compute({a.type(), {DType::F32, {kRows}}}, {i(), j()},
                                        a(i(), j()) - Input(1, {DType::F32, {kRows}})(i())))};
  fuse(nests, std::vector<Values>{{2, {1}}, {0, {1, 2}}}, 1, 4);
  EXPECT_EQ(to_text(nests[1]),
            "given i.b < 2 by 4\n"
            "  serial i < 4\n"
            "    serial j < 10\n"
            "      out[10*i + j] = sub(in0[10*i + j], in1[i])\n");
  for (const Nest& nest : nests) {
    check(nest);
    EXPECT_EQ(nest.given(), 1u);
  }
}

TEST(Fuse, NamesTheTripThatWritesWhatAStageReads) {
  const Input t = matrix(0), x = matrix(1);
  EXPECT_EQ(refusal(t.outside(0)(i() + 1, j()) + x(i(), j())),
            "fuse over i: stage 2 reads it as in0 at 10*i + j + 10, but stage 1 writes it at 10*i + j, and 10 to 19 "
            "elements from the start of a row of 10 lie in one that a later trip of i writes");
  EXPECT_THAT(refusal(t.outside(0)(i() - 1, j())), HasSubstr("lie in one that an earlier trip of i writes"));
  EXPECT_THAT(refusal(t(kRows - 1 - i(), j())), HasSubstr("each trip of i needs what other trips of i write"));
  EXPECT_THAT(refusal(t(2, j())), HasSubstr("stage 2 reads it as in0 at j + 20"));
  EXPECT_EQ(refusal(x.outside(0)(i() + 1, j()) + t(i(), j())), "") << "what no stage writes may be read anywhere";
}

TEST(Fuse, SeesThatConditionsKeepAReadInItsRow) {
  const Input t = matrix(0), x = matrix(1);
  EXPECT_EQ(refusal(t.outside(0)(i(), j() * 2 - 3)), "");
  EXPECT_EQ(refusal(where(j() < Affine(4), x(i(), j()), t(i(), j() - 4))), "");
  EXPECT_EQ(refusal(where(j() >= Affine(4) && j() < Affine(8), t(i(), j() - 4), x(i(), j()))), "");
  EXPECT_THAT(refusal(where(i() < Affine(2), t.outside(0)(i() + 1, j()), 0)), HasSubstr("a later trip"));
}

TEST(Fuse, AllowsPositionsOfTheOwnRowThatAreReadFromData) {
  const Input a = matrix(0), ids(1, {DType::I64, {kColumns}});
  const auto reading = [&](const Scalar& s) {
    std::vector<Nest> nests{lower(compute({a.type()}, {i(), j()}, exp(a(i(), j())))),
                            lower(compute({a.type(), ids.type()}, {i(), j()}, s))};
    return error_of([&] { fuse(nests, std::vector<Values>{{3, {1}}, {0, {3, 2}}}, 1, 2); });
  };
  EXPECT_EQ(reading(a(i(), ids(j()))), "");
  EXPECT_THAT(reading(a(ids(j()), j())), HasSubstr("each trip of i needs what other trips of i write"));
}

TEST(Fuse, RefusesStagesOfOtherRows) {
  const Input a = matrix(0);
  const Index few("few", 3);
  std::vector<Nest> nests{lower(compute({a.type()}, {i(), j()}, exp(a(i(), j())))),
                          lower(compute({a.type()}, {few, j()}, a(few, j())))};
  const std::vector<Values> values{{2, {1}}, {0, {2}}};
  EXPECT_EQ(error_of([&] { fuse(nests, values, 1, 1); }), "fuse over i: stage 2 makes 3 trips, stage 1 6");
  EXPECT_THAT(error_of([&] { fuse(nests, values, 3, 1); }), HasSubstr("stage 1 has 2 parallel indices"));
  const Input ids(1, {DType::I64, {kColumns}}), u(0, {DType::F32, {kColumns, kColumns}});
  nests[1] =
      lower(compute({u.type(), ids.type()}, {i(), j()}, sum({k()}, where(equals(ids(k()), i()), u(k(), j()), 0))));
  EXPECT_EQ(error_of([&] { fuse(nests, std::vector<Values>{{3, {1}}, {0, {1, 2}}}, 1, 1); }),
            "fuse over i: stage 2 adds to rows that data names, in1[k]: any trip may add to any row");
}

TEST(Fuse, WritesOfSeveralStagesStayInTheirRow) {
  const Input a = matrix(0);
  std::vector<Nest> nests{lower(compute({a.type()}, {i(), j()}, exp(a(i(), j())))),
                          lower(compute({a.type()}, {i(), j()}, -a(i(), j())))};
  EXPECT_EQ(error_of([&] { fuse(nests, std::vector<Values>{{0, {1}}, {0, {1}}}, 1, 1); }), "");
}

TEST(Fission, IsTheInverse) {
  const Input a = matrix(0);
  const Nest first = lower(compute({a.type()}, {i(), j()}, exp(a(i(), j())))), second = element_wise(a(i(), j()));
  for (const Dim block : {1, 4}) {
    std::vector<Nest> nests{first, second};
    const std::vector<Values> values{{2, {1}}, {0, {2, 1}}};
    fuse(nests, values, 1, block);
    EXPECT_EQ(error_of([&] { fission(nests, values, std::vector<char>{1, 1, 0}); }),
              fmt::format("fission: value 2, which stage 1 writes and stage 2 reads, lives only inside of one trip of "
                          "{}; it needs a place for all trips",
                          block == 1 ? "i" : "i.b"));
    fission(nests, values, std::vector<char>{1, 1, 1});
    EXPECT_EQ(to_text(nests[0]), to_text(first));
    EXPECT_EQ(to_text(nests[1]), to_text(second));
    EXPECT_THAT(error_of([&] { fission(nests, values, std::vector<char>{1, 1, 1}); }), HasSubstr("no given loops"));
  }
}

}  // namespace
}  // namespace tenon::loop
