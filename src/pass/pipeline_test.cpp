#include "pass/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/functions.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view names) {
  try {
    passes_of(names);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(Pipeline, NamesOfPassesAndOfPipelinesMix) {
  const Passes passes = passes_of("simplify,none,merge_equal");
  ASSERT_EQ(passes.size(), 2 + find_pipeline("none").passes.size());
  EXPECT_EQ(passes.front()->name, "simplify");
  EXPECT_EQ(passes.back()->name, "merge_equal");
}

TEST(Pipeline, WrongNamesSayWhatThereIs) {
  EXPECT_THAT(error_of("simplfy"), HasSubstr("did you mean simplify?"));
  EXPECT_THAT(error_of("simplfy"), HasSubstr("the pipelines are none, inference, training"));
  EXPECT_THAT(error_of("simplify,,formulate"), HasSubstr("a name is missing"));
  EXPECT_THAT(error_of(""), HasSubstr("a name is missing"));
  EXPECT_THROW(find_pipeline("fast"), Error);
}

TEST(Pipeline, EveryPassStandsInOneOnceAndRepeatedOnesAreNumbered) {
  const Function f = parse_function("func @f(%0: f32[2]) -> (f32[2]) { %1 = neg(%0) : f32[2] return %1 }");
  std::vector<std::string> names;
  run_passes(f, passes_of("merge_equal,simplify,merge_equal"), {},
             [&](const PassRun& run, const Function&) { names.push_back(run.name); });
  EXPECT_EQ(names, (std::vector<std::string>{"merge_equal", "simplify", "merge_equal_2"}));
  for (const Pass& pass : all_passes()) {
    bool used = false;
    for (const Pipeline& p : pipelines()) used = used || std::ranges::find(p.passes, &pass) != p.passes.end();
    EXPECT_TRUE(used) << pass.name;
  }
}

TEST(Pipeline, PassesRunInsideOfLoopsAndSaySo) {
  const Function f = parse_function(R"(func @f(%0: f32[2]) -> (f32[2]) {
    %1 = while(%0) {condition=func @c(%0: f32[2]) -> (bool[]) {
      %1 = full {value=0.0, dtype=bool, shape=[]} : bool[]
      return %1
    }, body=func @b(%0: f32[2]) -> (f32[2]) {
      %1 = neg(%0) : f32[2]
      %2 = neg(%1) : f32[2]
      return %2
    }, bound=3} : f32[2]
    return %1 })");
  PassOptions options;
  options.explain = true;
  std::vector<Remark> remarks;
  const Function g = run_passes(f, passes_of("simplify"), options,
                                [&](const PassRun& run, const Function&) { remarks = run.remarks.list(); });
  EXPECT_THAT(to_text(g), ::testing::Not(HasSubstr("neg")));
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_TRUE(remarks[0].done);
  EXPECT_THAT(remarks[0].text, HasSubstr("in @b: "));
}

Function doubled(const Function& f, Remarks&) {
  Function g = f;
  g.results.push_back(g.results[0]);
  return g;
}

TEST(Pipeline, APassThatChangesTheTypeOfAFunctionIsNamed) {
  constexpr Pass wrong{"doubled", "gives a result twice", false, doubled};
  const Function f = parse_function("func @f(%0: f32[2]) -> (f32[2]) { return %0 }");
  PassOptions options;
  options.verify = true;
  try {
    run_passes(f, {&wrong}, options);
    FAIL();
  } catch (const InternalError& e) {
    EXPECT_THAT(e.what(), HasSubstr("pass doubled changed the type of function f"));
  }
}

TEST(Remarks, SayWhatWasDoneAndWhyElsewhereNot) {
  const Function f = parse_function(R"(func @f(%0: f32[4,4]) -> (f32[4,4], f32[4,4]) {
    %1 = tanh(%0) : f32[4,4]
    %2 = add(%1, %0) : f32[4,4]
    %3 = sub(%1, %0) : f32[4,4]
    return %2, %3 })");
  PassOptions options;
  options.explain = true;
  std::vector<Remark> remarks;
  run_passes(f, passes_of("formulate,fuse_formulas"), options,
             [&](const PassRun& run, const Function&) { remarks = run.remarks.list(); });
  ASSERT_FALSE(remarks.empty());
  EXPECT_FALSE(remarks[0].done);
  EXPECT_THAT(remarks[0].text, HasSubstr("expensive work would be repeated for each reader"));
  EXPECT_THAT(remarks[0].text, HasSubstr("%1 = formula(%0) {e=…, label=\"tanh\"}"));
}

TEST(Remarks, EqualOnesAreCountedAndUnwantedOnesOnlyCounted) {
  const Function f = parse_function("func @f(%0: f32[2]) -> (f32[2]) { return %0 }");
  Remarks kept(f), counted;
  for (int k = 0; k < 3; ++k) kept.did("rule {}", 1), counted.did("rule {}", 1);
  kept.declined("no");
  ASSERT_EQ(kept.list().size(), 2u);
  EXPECT_EQ(kept.list()[0].times, 3);
  EXPECT_EQ(kept.changes(), 3);
  EXPECT_TRUE(counted.list().empty());
  EXPECT_EQ(counted.changes(), 3);
}

}  // namespace
}  // namespace tenon
