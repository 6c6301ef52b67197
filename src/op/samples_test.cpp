// Every sample of every operator: attributes, text forms, inferred types.
#include <gtest/gtest.h>

#include <set>

#include "expr/text.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "op/catalogue.h"
#include "op/sample_data.h"

namespace tenon {
namespace {

class EveryOperator : public testing::TestWithParam<const OpInfo*> {
 protected:
  template <class F>
  void for_each_sample(F&& f) const {
    for (const Sample& sample : GetParam()->samples()) {
      SCOPED_TRACE(describe(sample));
      f(sample);
    }
  }
};

TEST_P(EveryOperator, HasAName) {
  EXPECT_EQ(find_op(GetParam()->name), GetParam());
  EXPECT_FALSE(GetParam()->doc.empty());
  const char end = GetParam()->doc.back();
  EXPECT_TRUE(end == '.' || end == ')') << GetParam()->doc;
}

TEST_P(EveryOperator, HasSamples) {
  const auto samples = GetParam()->samples();
  EXPECT_GE(samples.size(), 3u);
  for (const Sample& sample : samples) EXPECT_EQ(sample.op->name(), GetParam()->name);
}

TEST_P(EveryOperator, IsMadeFromItsAttributes) {
  for_each_sample([](const Sample& sample) {
    AttributeMap attributes;
    for (const Field& field : sample.op->fields()) attributes.emplace(field.name, copy_of(field.value));
    const OpRef again = sample.op->info().make(attributes);
    EXPECT_TRUE(again->equals(*sample.op));
    EXPECT_EQ(again->hash(), sample.op->hash());
  });
}

TEST_P(EveryOperator, IsReadBackFromText) {
  for_each_sample([](const Sample& sample) {
    const Function f = sample_function(sample);
    verify(f);
    const std::string text = to_text(f);
    const Function again = parse_function(text);
    EXPECT_TRUE(structurally_equal(f, again)) << text;
    EXPECT_EQ(to_text(again), text);
  });
}

TEST_P(EveryOperator, HasAFormulaThatIsReadBackFromText) {
  for_each_sample([](const Sample& sample) {
    if (!sample.op->has_define()) return;
    const expr::Expr e = sample.op->define(types_of(sample));
    EXPECT_EQ(expr::parse(expr::to_text(e), e.in), e) << expr::to_text(e);
  });
}

// The interpreter itself throws where an operator's outputs differ from its inferred types.
TEST_P(EveryOperator, GivesTheTypesThatItInfers) {
  for_each_sample([](const Sample& sample) {
    const Function f = sample_function(sample);
    const auto outputs = interpret(f, sample_data(sample.inputs, 1));
    ASSERT_EQ(outputs.size(), f.results.size());
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      DimValues sizes;
      EXPECT_TRUE(match(f.results[k].type(), outputs[k].type(), sizes))
          << to_string(outputs[k].type()) << " of " << to_string(f.results[k].type());
    }
  });
}

TEST_P(EveryOperator, RefusesOperandsWithItsName) {
  const std::vector<Operand> five(5, Operand{Type{DType::F32, {2, 3}}});
  const auto samples = GetParam()->samples();
  for (const std::string_view name : {"concatenate", "sequence", "barrier"})  // take any number of operands
    if (GetParam()->name == name) return;
  try {
    samples[0].op->infer(five);
    FAIL() << "accepted five operands";
  } catch (const Error& e) {
    EXPECT_TRUE(std::string_view(e.what()).starts_with(GetParam()->name)) << e.what();
  }
}

class EveryConstraint : public testing::TestWithParam<Catalogued> {};

// Each example breaks its own constraint: no two are refused in the same words.
TEST_P(EveryConstraint, IsSaidWhereItDoesNotHold) {
  std::set<std::string> said;
  const auto constraints = GetParam().constraints();
  EXPECT_FALSE(constraints.empty()) << GetParam().info->name << " lists no constraints";
  for (std::size_t k = 0; k < constraints.size(); ++k) {
    const Constraint& c = constraints[k];
    const std::string cite = fmt::format("{}, constraint {}: {}", GetParam().info->name, k + 1, c.text);
    const std::string refusal = c.refusal();
    EXPECT_TRUE(refusal.starts_with(GetParam().info->name)) << cite << "\n"
                                                            << brief_call(*c.op, c.operands) << ": '" << refusal << "'";
    EXPECT_TRUE(said.insert(refusal).second) << cite << "\nis refused as another one is: " << refusal;
    EXPECT_EQ(c.op->name(), GetParam().info->name) << cite;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, EveryConstraint, testing::ValuesIn(catalogue().begin(), catalogue().end()),
                         [](const auto& op) { return std::string(op.param.info->name); });

INSTANTIATE_TEST_SUITE_P(Operators, EveryOperator, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace tenon
