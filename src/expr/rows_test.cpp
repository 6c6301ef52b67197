#include "expr/rows.h"

#include <gtest/gtest.h>

#include "expr/build.h"

namespace tenon::expr {
namespace {

const Type kBox{DType::F32, {3, 1, 4, 5}}, kRows{DType::F32, {3, 1, 4}};
const Index i("i", 3), u("u", 1), j("j", 4), k("k", 5);
const Input x(0, kBox), row(1, kRows);

TEST(Rows, AreLeadingDimensionsThatVary) {
  auto extents = [](const Expr& e) {
    Shape s;
    for (const Row& one : rows_of(e)) s.push_back(one.extent);
    return s;
  };
  EXPECT_EQ(extents(compute({kBox}, {i, u, j, k}, x(i, u, j, k))), (Shape{3, 4, 5}));
  EXPECT_EQ(extents(compute({kBox}, {j, i}, sum({k}, x(i, 0, j, k)))), (Shape{4, 3}));
  EXPECT_EQ(extents(compute({kBox}, {}, sum({i, j, k}, x(i, 0, j, k)))), Shape{});
  EXPECT_EQ(rows_of(compute({kBox}, {i, u, j, k}, x(i, u, j, k)))[1].index, 2) << "the index of extent 1 is passed over";
}

TEST(Rows, AreOwnAsFarAsTheSameIndicesNameThem) {
  auto rows = [](const Expr& e) { return own_rows(e, 1, 2); };
  EXPECT_EQ(rows(compute({kBox, kRows}, {i, u, j, k}, x(i, u, j, k) - row(i, 0, j))), 2);
  EXPECT_EQ(rows(compute({kBox, kRows}, {i, u, j, k}, x(i, u, j, k) - row(i, 0, 3 - j))), 1);
  EXPECT_EQ(rows(compute({kBox, kRows}, {i, u, j, k}, x(i, u, j, k) - row(2 - i, 0, j))), 0);
  EXPECT_EQ(rows(compute({kBox, kRows}, {i, j}, sum({k}, x(i, 0, j, k)) + row(i, 0, j) * row(0, 0, j))), 0);
  EXPECT_EQ(rows(compute({kBox, kRows}, {i, u, j, k}, x(i, u, j, k))), 2) << "it is not read at all";
  const Index half("h", 7);
  EXPECT_EQ(rows(compute({kBox, kRows}, {i, half}, row.outside(0)(i, 0, exact_div(half, 2)))), 0)
      << "fractions have no place in a block of rows";
}

TEST(Rows, InCommonAreThoseOfAllStages) {
  const Expr mean = compute({kBox}, {i, u, j}, sum({k}, x(i, u, j, k)) * 0.2);
  const Expr centred = compute({kBox, kRows}, {i, u, j, k}, x(i, u, j, k) - row(i, u, j));
  const Expr mixed = compute({kBox, kRows}, {i, u, j, k}, x(i, u, j, k) - row(i, u, 0));
  EXPECT_EQ(common_rows(std::vector<RowStage>{{&mean, {0}}, {&centred, {0, 1}}}), 2);
  EXPECT_EQ(common_rows(std::vector<RowStage>{{&mean, {0}}, {&mixed, {0, 1}}}), 1);
  EXPECT_EQ(common_rows(std::vector<RowStage>{{&mean, {0}}, {&mixed, {0, 0}}}), 2) << "what nobody makes is read freely";
  const Expr other = compute({kBox}, {j, i}, sum({k}, x(i, 0, j, k)));
  EXPECT_EQ(common_rows(std::vector<RowStage>{{&mean, {0}}, {&other, {0}}}), 0);
}

}  // namespace
}  // namespace tenon::expr
