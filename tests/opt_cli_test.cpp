// tenon opt, run and bisect, run as users run them.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tensor/npy.h"
#include "tool.h"

namespace tenon::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OptCli : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = testing::TempDir() + "tenon-opt";
    std::filesystem::create_directories(folder);
    write(folder + "/f.ir", R"(func @f(%0: f32[3] "x", %1: f32[3]) -> (f32[3], f32[3]) {
  %2 = neg(%0) : f32[3]
  %3 = neg(%2) : f32[3]
  %4 = mul(%3, %1) : f32[3]
  %5 = mul(%0, %1) : f32[3]
  return %4, %5
})");
    write(folder + "/symbolic.ir", R"(func @g(%0: f32[?n] "x") -> (f32[?n]) {
  %1 = exp(%0) : f32[?n]
  return %1
})");
    write(folder + "/bad.ir", "func @f(%0: f32[3]) -> (f32[3]) {\n  %1 = nge(%0) : f32[3]\n  return %1\n}");
    write_npy(folder + "/x.npy", Array::from<float>({1.0f, 2, 3}, {3}));
    write_npy(folder + "/w.npy", Array::from<float>({4.0f, 5, -6}, {3}));
    write_npy(folder + "/wrong.npy", Array::from<float>({4.0f, 5}, {2}));
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
  static Result tool(const std::vector<std::string>& arguments) { return tenon(arguments, folder); }
  static inline std::string folder;
};

TEST_F(OptCli, HelpHasExamples) {
  for (std::string command : {"opt", "run", "bisect"}) {
    const Result r = tool({command, "--help"});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.out, HasSubstr("Examples:\n  tenon " + command + " "));
  }
}

TEST_F(OptCli, WhatIsPrintedIsAFunctionAgain) {
  const Result r = tool({"opt", "f.ir", "--passes=simplify,merge_equal", "--explain", "--timing"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("// simplify: 1 changes, 2 nodes, "));
  EXPECT_THAT(r.out, HasSubstr("//   + -(-x) = x\n"));
  EXPECT_THAT(r.out, HasSubstr("//   + merged with an equal node: "));
  EXPECT_THAT(r.out, HasSubstr("  return %2, %2\n"));
  write(folder + "/again.ir", r.out);
  const Result again = tool({"opt", "again.ir", "--passes=merge_equal"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, StartsWith("func @f("));
  EXPECT_THAT(r.out, HasSubstr(again.out));
}

TEST_F(OptCli, SinglePassesAreDumpedAndAsJson) {
  const Result one = tool({"opt", "f.ir", "--passes=training", "--dump-after=merge_equal"});
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_THAT(one.out, StartsWith("// after merge_equal\nfunc @f("));
  EXPECT_THAT(one.out, Not(HasSubstr("formula(")));
  const Result all = tool({"opt", "f.ir", "--passes=simplify,merge_equal", "--dump-after=all", "--json", "--explain"});
  ASSERT_EQ(all.lines().size(), 2u) << all.err;
  const json pass = json::parse(all.lines()[0]);
  EXPECT_EQ(pass.at("name"), "simplify");
  EXPECT_EQ(pass.at("changes"), 1);
  EXPECT_THAT(pass.at("text").get<std::string>(), StartsWith("func @f("));
  EXPECT_EQ(pass.at("remarks")[0], json({{"done", true}, {"text", "-(-x) = x"}, {"times", 1}}));
  expect_complaint(tool({"opt", "f.ir", "--dump-after=inline"}), 1, "no pass of this run is called 'inline'");
}

TEST_F(OptCli, ListsPassesAndRules) {
  EXPECT_THAT(tool({"opt", "--list"}).out, HasSubstr("fuse_formulas"));
  EXPECT_THAT(tool({"opt", "--rules"}).out, HasSubstr("  bit-exact      -(-x) = x\n"));
  EXPECT_EQ(json::parse(tool({"opt", "--list", "--json"}).lines()[0]).at("event"), "pass");
  EXPECT_EQ(json::parse(tool({"opt", "--rules", "--json"}).lines()[0]).at("event"), "rule");
}

TEST_F(OptCli, MistakesAreNamed) {
  expect_complaint(tool({"opt", "f.ir", "--passes=simplfy"}), 1, "did you mean simplify?");
  expect_complaint(tool({"opt"}), 1, "there is no FILE");
  expect_complaint(tool({"opt", "none.ir"}), 1, "none.ir");
  expect_complaint(tool({"opt", "bad.ir"}), 1, "bad.ir: line 2");
  expect_complaint(tool({"run", "f.ir", "--input", "x=x.npy"}), 1, "parameter 1, f32[3], has no value");
  expect_complaint(tool({"run", "f.ir", "--input", "x"}), 1, "'x' is no NAME=FILE");
  expect_complaint(tool({"run", "f.ir", "--input", "x=x.npy", "--input", "0=x.npy"}), 1, "is given twice");
  expect_complaint(tool({"run", "f.ir", "--input", "y=x.npy"}), 1, "has no parameter 'y'; there are: x, 1");
  expect_complaint(tool({"run", "f.ir", "--input", "1=wrong.npy"}), 1,
                   "wrong.npy holds f32[2], but parameter 1 is f32[3]");
  expect_complaint(tool({"run", "f.ir", "--random", "--output", "2=y.npy"}), 1, "its 2 results are numbered from 0");
  expect_complaint(tool({"run", "f.ir", "--random", "--output", "0=y.txt"}), 1, "must end in .npy");
  expect_complaint(tool({"run", "symbolic.ir", "--random"}), 1, "its unknown extents with --extent");
  expect_complaint(tool({"run", "symbolic.ir", "--random", "--extent", "m=3"}), 1,
                   "no unknown extent ?m; there are: n");
  expect_complaint(tool({"run", "symbolic.ir", "--random", "--extent", "n"}), 1, "is no NAME=N");
}

TEST_F(OptCli, RunsAFunctionOnFiles) {
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--interpret"}}) {
    std::vector<std::string> arguments{"run",     "f.ir",    "--input",  "x=x.npy",
                                       "--input", "1=w.npy", "--output", "0=y.npy"};
    arguments.insert(arguments.end(), how.begin(), how.end());
    const Result r = tool(arguments);
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, "");
    EXPECT_TRUE(identical(read_npy(folder + "/y.npy"), Array::from<float>({4.0f, 10, -18}, {3})));
  }
  const Result printed = tool({"run", "f.ir", "--input", "x=x.npy", "--input", "1=w.npy", "--json"});
  EXPECT_EQ(json::parse(printed.lines().at(1)),
            json({{"event", "result"}, {"result", 1}, {"type", "f32[3]"}, {"text", "f32[3] [4, 10, -18]"}}));
  const Result sized = tool({"run", "symbolic.ir", "--input", "x=x.npy"});
  EXPECT_THAT(sized.out, StartsWith("result 0: f32[3] [")) << sized.err;
  EXPECT_EQ(tool({"run", "symbolic.ir", "--random", "--extent", "n=4", "--seed", "5"}).out,
            tool({"run", "symbolic.ir", "--random", "--extent", "?n=4", "--seed", "5"}).out);
}

TEST_F(OptCli, BisectionOfARightCompilerFindsNothing) {
  const Result r = tool({"bisect", "f.ir", "--kernels", "--input", "x=x.npy"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("the same after each of "));
  EXPECT_EQ(json::parse(tool({"bisect", "symbolic.ir", "--extent", "n=7", "--json"}).lines().at(0)).at("event"),
            "agreement");
}

TEST_F(OptCli, BisectionShowsThePassAndBothFunctions) {
  // Without any tolerance, a rule that rounds elsewhere is found.
  write(folder + "/log.ir", R"(func @g(%0: f32[16,16] "x") -> (f32[16,16]) {
  %1 = softmax(%0) {axis=1} : f32[16,16]
  %2 = log(%1) : f32[16,16]
  return %2
})");
  const Result r = tool({"bisect", "log.ir", "--looser", "0"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.out, StartsWith("// before simplify\nfunc @g("));
  EXPECT_THAT(r.out, HasSubstr("// after simplify\nfunc @g("));
  EXPECT_THAT(r.out, HasSubstr("log_softmax(%0)"));
  EXPECT_THAT(r.err, HasSubstr("the pass simplify changes the value: result 0, element "));
  const Result as_json = tool({"bisect", "log.ir", "--looser", "0", "--json"});
  EXPECT_EQ(json::parse(as_json.lines().at(0)).at("name"), "simplify");
  EXPECT_EQ(tool({"bisect", "log.ir"}).code, 0);
}

}  // namespace
}  // namespace tenon::test
