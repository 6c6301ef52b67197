// The search for indices out of range agrees with evaluation about whether there are any.
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "expr/evaluate.h"
#include "expr/formula.h"
#include "expr/testing.h"

namespace tenon::expr {
namespace {

struct Case {
  std::string text;
  std::vector<Type> in;  ///< in the order in which the text names them
};

const Type kTable{DType::F64, {4, 3}}, kRow{DType::I64, {3}}, kSquare{DType::I64, {3, 3}};

std::vector<Case> cases() {
  return {{"y[i,j] = T[{a[i]},j]", {kTable, kRow}},
          {"y[i] += T[{a[j]},{b[i,j]}]", {kTable, kRow, kSquare}},
          {"y[i] max= T[{a[{b[i,j]}]},j]", {kTable, kRow, kSquare}},
          {"y[i] = where(a[i] > 1, T[{a[i] + 1},0], T[{b[i,2]},1])", {kRow, kTable, kSquare}},
          {"y[i] += where(a[i] == a[j], T[{a[i] - b[i,j]},j] * T[{b[j,i]},i], 0.5)", {kRow, kTable, kSquare}},
          {"y[i,j] = where(i < 2, T[{max(a[i], 0) + 1},j], 1) + T[{mod(b[i,j], 4)},0]", {kTable, kRow, kSquare}}};
}

TEST(BadIndices, AreFoundWhereEvaluationFailsAndNowhereElse) {
  Rng rng(3);
  for (const Case& c : cases()) {
    const TextFormula f = parse_formula(c.text, c.in);
    ASSERT_EQ(f.steps.size(), 1u);
    const Expr& e = f.steps[0].e;
    EXPECT_FALSE(operands_of_indices(e).empty());
    int bad = 0, good = 0;
    for (int draw = 0; draw < 100; ++draw) {
      std::vector<Array> in;
      for (const Type& t : e.in) in.push_back(testing::random_array(rng, t, draw % 2 ? 0 : -1, draw % 4 < 2 ? 3 : 4));
      const bool fails = !error_of([&] { evaluate(e, in); }).empty();
      ++(fails ? bad : good);
      const auto found = find_bad_index(e, in);
      ASSERT_EQ(found.has_value(), fails) << c.text;
      if (!found) continue;
      EXPECT_TRUE(found->index < found->low || found->index >= found->high) << to_string(*found);
      EXPECT_EQ(found->high, e.in[found->target.operand].shape[found->dimension]);
      for (const BadIndex::Source& s : found->sources) {
        i64 number = 0;
        for (std::size_t d = 0; d < s.position.size(); ++d) number = number * s.place.type.shape[d] + s.position[d];
        EXPECT_EQ(in[s.place.operand].at(number), s.value) << to_string(*found);
      }
    }
    EXPECT_TRUE(bad > 5 && good > 5) << c.text << ": " << bad << " bad and " << good << " good draws";
  }
}

TEST(BadIndices, DependOnNothingButTheirOwnOperands) {
  const TextFormula f = parse_formula("y[i,j] = T[{a[i]},j] * b[i,j]", {kTable, kRow, {DType::F64, {3, 3}}});
  const Expr& e = f.steps[0].e;
  std::vector<Array> in(e.in.size());
  const std::vector<char> needed = operands_of_indices(e);
  for (std::size_t k = 0; k < in.size(); ++k) {
    EXPECT_EQ(needed[k] != 0, e.in[k] == kRow);
    if (needed[k]) in[k] = Array::from<std::int64_t>({0, 7, -1}, {3});
  }
  const auto found = find_bad_index(e, in);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sources[0].position, Ints{1});
  EXPECT_EQ(found->index, 7);
  EXPECT_TRUE(operands_of_indices(parse_formula("y[i] = a[i] + 1", {kRow}).steps[0].e).empty());
}

}  // namespace
}  // namespace tenon::expr
