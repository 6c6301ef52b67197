#include "pass/formulas.h"

#include <gtest/gtest.h>

#include "expr/build.h"

namespace tenon {
namespace {

using namespace expr;

TEST(Formulas, EqualOperandsBecomeOneAndUnreadOnesGo) {
  Type t{DType::F32, {4}};
  Input a(0, t), b(2, t), c(3, t);
  Index i("i", 4);
  Expr e = compute({t, t, t, t}, {i}, a(i) * b(i) + c(i));
  std::vector<int> values{10, 11, 12, 10};
  Expr small = compact_operands(e, values);
  EXPECT_EQ(values, (std::vector<int>{10, 12}));
  Input x(0, t), y(1, t);
  EXPECT_EQ(small, compute({t, t}, {i}, x(i) * y(i) + x(i)));
}

TEST(Formulas, KnowWhatTheBodyReads) {
  Type t{DType::F32, {4, 5}}, u{DType::F32, {4}};
  Input x(0, t), y(1, u);
  Index i("i", 4), k("k", 5);
  Expr e = compute({t, u}, {i}, sum({k}, x(i, k)) + y(i));
  EXPECT_TRUE(body_reads(e, 0));
  EXPECT_FALSE(body_reads(e, 1));
  EXPECT_EQ(points_of(e), 20);
}

}  // namespace
}  // namespace tenon
