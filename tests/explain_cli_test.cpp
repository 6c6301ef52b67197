// tenon explain, run as users run it.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tool.h"

namespace tenon::test {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class ExplainCli : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = testing::TempDir() + "tenon-explain";
    std::filesystem::create_directories(folder);
    write(folder + "/rows.ir", R"(func @rows(%0: f32[256,512] "x", %1: f32[512] "w") -> (f32[256,512], f32[256,512]) {
  %2 = softmax(%0) {axis=1} : f32[256,512]
  %3, %4 = sort(%0) {axis=1} : f32[256,512], i64[256,512]
  %5 = mul(%3, %1) : f32[256,512]
  return %2, %5
})");
    write(folder + "/symbolic.ir", R"(func @g(%0: f32[?n] "x") -> (f32[?n]) {
  %1 = exp(%0) : f32[?n]
  return %1
})");
    write(folder + "/scan.ir", R"(func @s(%0: f32[3] "h", %1: f32[5,3]) -> (f32[3], f32[5,3]) {
  %2, %3 = scan(%0, %1) {body=func @cell(%0: f32[3], %1: f32[3]) -> (f32[3], f32[3]) {
    %2 = mul(%0, %1) : f32[3]
    return %2, %2
  }, carried=1, sequences=1} : f32[3], f32[5,3]
  return %2, %3
})");
    write(folder + "/bad.ir", "func @f(%0: f32[3]) -> (f32[3]) {\n  %1 = nge(%0) : f32[3]\n  return %1\n}");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
  /// Limits of one core are measured sooner.
  static Result tool(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--threads", "1", "explain"});
    return tenon(arguments, folder);
  }
  static std::vector<json> objects(const std::vector<std::string>& arguments) {
    const Result r = tool(arguments);
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.err, "");
    std::vector<json> list;
    for (const std::string& line : r.lines()) list.push_back(json::parse(line));
    return list;
  }
  static inline std::string folder;
};

const std::vector<std::string> kProduct{"C[i,j] += A[i,k]*B[k,j]", "--shapes", "A=64x32,B=32x48"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(ExplainCli, HelpHasExamples) {
  const Result r = tool({"--help"});
  EXPECT_EQ(r.code, 0);
  EXPECT_THAT(r.out, HasSubstr("Examples:\n  tenon explain "));
}

TEST_F(ExplainCli, SaysWhatAFormulaBecomes) {
  const Result r = tool(kProduct);
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("1 kernel in 1 call: 196,608 FLOP, "));
  EXPECT_THAT(r.out, HasSubstr("kernel_0: C\n"));
  EXPECT_THAT(r.out, HasSubstr("  y[i,j] += A[i,k] * B[k,j]\n"));
  EXPECT_THAT(r.out, HasSubstr(" at once: chosen\n"));
  EXPECT_THAT(r.out, HasSubstr("times the cycles\n"));
  EXPECT_THAT(r.out, HasSubstr("  bound "));
  EXPECT_THAT(r.out, Not(HasSubstr("measured")));
}

TEST_F(ExplainCli, TakesOnnxModels) {
  ASSERT_EQ(tenon({"convert", "symbolic.ir", "symbolic.onnx"}, folder).code, 0);
  const std::vector<json> list = objects({"symbolic.onnx", "--extent", "n=100", "--json"});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].at("label"), "exp");
  write(folder + "/none.onnx", "not a model");
  EXPECT_THAT(tool({"none.onnx"}).err, HasSubstr("none.onnx"));
}

TEST_F(ExplainCli, ListsAllThatWasDeclined) {
  const std::vector<std::string> columns{"s[j] += x[i,j]", "--shapes", "x=100x200"};
  const Result some = tool(columns), all = tool(with(columns, {"--all"}));
  ASSERT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(some.out, HasSubstr("more; --all lists them"));
  EXPECT_THAT(all.out, Not(HasSubstr("--all")));
  EXPECT_GT(all.lines().size(), some.lines().size());
}

TEST_F(ExplainCli, GivesFiguresAsJson) {
  const std::vector<json> list = objects(with(kProduct, {"--run", "--json"}));
  ASSERT_EQ(list.size(), 1u);
  const json& k = list[0];
  EXPECT_EQ(k.at("event"), "kernel");
  EXPECT_EQ(k.at("calls"), 1);
  EXPECT_EQ(k.at("flops"), 2 * 64 * 32 * 48);
  EXPECT_EQ(k.at("operations"), k.at("flops"));
  EXPECT_EQ(k.at("bytes"), 4 * (64 * 32 + 32 * 48 + 64 * 48));
  const json& bound = k.at("bound");
  EXPECT_EQ(bound.at("level"), "L1");
  EXPECT_DOUBLE_EQ(bound.at("arithmetic_seconds").get<double>() * bound.at("operations_per_second").get<double>(),
                   k.at("flops").get<double>());
  EXPECT_DOUBLE_EQ(bound.at("memory_seconds").get<double>() * bound.at("bytes_per_second").get<double>(),
                   k.at("bytes").get<double>());
  EXPECT_EQ(bound.at("seconds"), std::max(bound.at("arithmetic_seconds"), bound.at("memory_seconds")));
  EXPECT_GT(k.at("seconds"), 0);
  EXPECT_DOUBLE_EQ(k.at("attainment").get<double>(), bound.at("seconds").get<double>() / k.at("seconds").get<double>());
  const json& schedules = k.at("stages").at(0).at("schedules");
  ASSERT_GT(schedules.size(), 3u);
  EXPECT_EQ(schedules[0].at("declined"), "");
  EXPECT_EQ(schedules[0].at("name"), k.at("schedule"));
  EXPECT_FALSE(schedules[0].at("steps").empty());
  for (std::size_t s = 1; s < schedules.size(); ++s) {
    EXPECT_NE(schedules[s].at("declined"), "");
    EXPECT_GE(schedules[s].at("cycles"), schedules[0].at("cycles"));
  }
}

TEST_F(ExplainCli, BoundsDotProductsByTheirOwnPeak) {
  const json k =
      objects({"C[i,j] += A[i,k]*B[k,j]", "--shapes", "A=512x512,B=512x512", "--dtype", "bf16", "--json"})[0];
  const bool dots = k.at("schedule").get<std::string>().find("dot products") != std::string::npos;
  EXPECT_EQ(k.at("bound").at("by"), dots ? "bf16 arithmetic" : "f32 arithmetic");
}

// Stages of one kernel, a part beside them, and a kernel that is not generated.
TEST_F(ExplainCli, KnowsEveryKernelOfAFunction) {
  const std::vector<json> list = objects({"rows.ir", "--run", "--json"});
  ASSERT_EQ(list.size(), 2u);
  const json &sorting = list[0].at("name") == "sort" ? list[0] : list[1],
             &generated = list[0].at("name") == "sort" ? list[1] : list[0];
  EXPECT_TRUE(sorting.at("stages").empty());
  EXPECT_EQ(sorting.at("bound").at("arithmetic_seconds"), 0);
  std::vector<std::string> formulas;
  for (const json& s : generated.at("stages")) {
    formulas.push_back(s.at("formula"));
    const json& schedules = s.at("schedules");
    EXPECT_EQ(schedules.at(0).at("declined"), "");
    for (std::size_t k = 1; k < schedules.size(); ++k) EXPECT_NE(schedules[k].at("declined"), "") << schedules[k];
  }
  EXPECT_EQ(formulas.size(), 5u);
  EXPECT_THAT(formulas, Contains("t1[i,j] = exp(x[i,j] - t0[i,0])"));
  EXPECT_GT(generated.at("operations"), generated.at("flops")) << "an exponential is more than one operation";
  for (const json& k : list) EXPECT_GT(k.at("seconds"), 0) << k;
}

TEST_F(ExplainCli, CountsTheStepsOfALoop) {
  const std::vector<json> list = objects({"scan.ir", "--run", "--json"});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].at("calls"), 5);
  EXPECT_EQ(list[0].at("flops"), 3);
  EXPECT_GT(list[0].at("seconds"), 0);
}

TEST_F(ExplainCli, TakesTheValuesOfUnknownExtents) {
  EXPECT_EQ(objects({"symbolic.ir", "--extent", "n=8", "--json"})[0].at("bytes"), 64);
  expect_complaint(tool({"symbolic.ir"}), 1, "function g has unknown extents: n; give numbers with --extent NAME=N");
  expect_complaint(tool({"symbolic.ir", "--extent", "m=8"}), 1, "--extent: function g has no unknown extent ?m");
  expect_complaint(tool({"y[i] = exp(x[i])", "--shapes", "x=?n"}), 1, "give numbers in --shapes");
}

TEST_F(ExplainCli, SaysWhatIsWrong) {
  expect_complaint(tool({"nothing.ir"}), 1, "nothing.ir");
  expect_complaint(tool({"bad.ir"}), 1, "bad.ir: ");
  expect_complaint(tool({"rows.ir", "--shapes", "x=3"}), 1, "--shapes: 'rows.ir' is a file");
  expect_complaint(tool({"y[i] = x[i]", "--shapes", "x=3", "--run", "--input", "x=x.npy"}), 1,
                   "--input: formulas have none");
  expect_complaint(tool({"rows.ir", "--input", "x=x.npy"}), 1, "--input: values are needed by --run only");
  expect_complaint(tool({"y[i] = x[i]"}), 1, "x");
  expect_complaint(tool({"rows.ir", "--run", "--input", "v=v.npy"}), 1, "function rows has no parameter 'v'");
  expect_complaint(tool({}), 2, "WHAT");
}

}  // namespace
}  // namespace tenon::test
