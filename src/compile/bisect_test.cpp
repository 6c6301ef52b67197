#include "compile/bisect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text.h"
#include "op/functions.h"
#include "pass/pipeline.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;

/// Turns the first subtraction around.
Function turned_around(const Function& f, Remarks&) {
  return rebuild(f, [](const Node& n, std::span<const Value> args) -> Values {
    if (n.op().name() != "sub") return {};
    Builder b;
    return {b.apply1(n.op_ref(), {args[1], args[0]})};
  });
}
constexpr Pass kTurned{"turned_around", "a - b becomes b - a", false, turned_around};

constexpr const char* kFunction = R"(func @f(%0: f32[3], %1: f32[3]) -> (f32[3]) {
  %2 = exp(%0) : f32[3]
  %3 = sub(%2, %1) : f32[3]
  %4 = tanh(%3) : f32[3]
  return %4
})";

std::vector<NamedFunction> stages_of(const Function& f, const Passes& passes) {
  std::vector<NamedFunction> stages;
  run_passes(f, passes, {}, [&](const PassRun& run, const Function& after) { stages.push_back({run.name, after}); });
  return stages;
}

std::vector<Array> inputs() {
  return {Array::from<float>({0.5f, -1, 2}, {3}), Array::from<float>({1, 0.25f, -3}, {3})};
}

TEST(Bisect, NamesThePassThatChangesTheValue) {
  const Function f = parse_function(kFunction);
  const Passes passes{&find_pass("merge_equal"), &kTurned, &find_pass("formulate")};
  const auto d = first_wrong_stage(f, stages_of(f, passes), inputs());
  ASSERT_TRUE(d);
  EXPECT_EQ(d->name, "turned_around");
  EXPECT_THAT(to_text(d->before), HasSubstr("%3 = sub(%2, %1)"));
  EXPECT_THAT(to_text(d->after), HasSubstr("%3 = sub(%1, %2)"));
  EXPECT_EQ(d->difference.element, 0);
  EXPECT_NEAR(d->difference.expected, std::tanh(std::exp(0.5) - 1), 1e-6);
  EXPECT_NEAR(d->difference.given, -std::tanh(std::exp(0.5) - 1), 1e-6);
}

TEST(Bisect, RightPassesAndKernelsAgree) {
  const Function f = parse_function(kFunction);
  const auto stages = stages_of(f, find_pipeline("inference").passes);
  EXPECT_FALSE(first_wrong_stage(f, stages, inputs()));
  EXPECT_FALSE(first_wrong_kernel(stages.back().f, inputs()));
}

TEST(Bisect, AKernelThatDiffersIsShownAlone) {
  const Function f = parse_function(kFunction);
  const auto d = first_wrong_kernel(f, inputs(), 0);  // no tolerance at all: exp itself differs in its last bit, or not
  if (!d) return;
  EXPECT_EQ(topological(d->after.results).size(), d->after.parameters.size() + 1);
}

TEST(Bisect, DifferencesAreExactWhereValuesAre) {
  const double nan = std::nan(""), inf = INFINITY;
  const auto differs = [](const Array& a, const Array& b) {
    return first_difference(std::vector{a}, std::vector{b}).has_value();
  };
  const auto floats = [](std::initializer_list<double> v) { return Array::from<double>(v, {i64(v.size())}); };
  EXPECT_FALSE(differs(floats({nan, inf, -inf, 0}), floats({nan, inf, -inf, -0.0})));
  EXPECT_TRUE(differs(floats({inf}), floats({-inf})));
  EXPECT_TRUE(differs(floats({nan}), floats({1})));
  EXPECT_TRUE(differs(floats({1}), floats({nan})));
  EXPECT_TRUE(differs(floats({inf}), floats({1e300})));
  EXPECT_TRUE(differs(Array::from<std::int64_t>({1, 2}, {2}), Array::from<std::int64_t>({1, 3}, {2})));
  EXPECT_TRUE(differs(floats({1}), Array::from<float>({1}, {1})));
  EXPECT_FALSE(differs(floats({1e6 + 1e-7}), floats({1e6})));
  EXPECT_EQ(to_string(*first_difference(std::vector{floats({1, 2})}, std::vector{floats({1, 4})})),
            "result 0, element 1: 2, expected 4 (at most 4e-11 apart)");
}

}  // namespace
}  // namespace tenon
