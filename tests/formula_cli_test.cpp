// tenon formula, run as users run it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "tool.h"

namespace tenon::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kProduct[] = "C[i,j] += A[i,k]*B[k,j]";
constexpr char kShapes[] = "A=64x32,B=32x48";

class FormulaCli : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = testing::TempDir() + "tenon-formula";
    std::filesystem::create_directories(folder);
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
  static Result formula(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "formula");
    return tenon(arguments, folder);
  }
  static json lines_of(const Result& r, std::size_t line = 0) { return json::parse(r.lines().at(line)); }

  static inline std::string folder;
};

TEST_F(FormulaCli, HelpHasExamples) {
  const Result r = formula({"--help"});
  EXPECT_EQ(r.code, 0);
  EXPECT_THAT(r.out, HasSubstr("Examples:\n  tenon formula "));
}

TEST_F(FormulaCli, ExplainsAMatrixProduct) {
  const Result r = formula({kProduct, "--shapes", kShapes, "--grad"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("k in 0:32, sum, from dimension 1 of A"));
  EXPECT_THAT(r.out, HasSubstr("C is f32[64,48]"));
  EXPECT_THAT(r.out, HasSubstr("GEMM: M 64 (i), N 48 (j), K 32 (k)"));
  EXPECT_THAT(r.out,
              HasSubstr("196,608 FLOP = 2 x 98,304 points (64 i x 48 j x 32 k); 26,624 bytes, 7.38 FLOP per byte"));
  EXPECT_THAT(r.out, HasSubstr("gradient by A\n  dA[i,k] += dC[i,j] * B[k,j]\n"));
  EXPECT_THAT(r.out, HasSubstr("gradient by B\n  dB[k,j] += dC[i,j] * A[i,k]\n"));
}

TEST_F(FormulaCli, CountsWhatIsNotPadding) {
  // Of 16 positions with a window of 3 around strides of 2, the first reads two elements.
  const Result r = formula({"y[p] += pad(x[2*p + r - 1], 0)*w[r] where p in 0:16", "--shapes", "x=32,w=3", "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  const json s = lines_of(r).at("statements").at(0);
  EXPECT_EQ(s.at("box").at("points"), 48);
  EXPECT_EQ(s.at("holding").at("points"), 47);
  EXPECT_EQ(s.at("holding").at("flops"), 2 * 47);
  EXPECT_EQ(s.at("holding").at("bytes"), 4 * (32 + 3 + 16));
  EXPECT_TRUE(s.at("holding").at("exact"));
}

TEST_F(FormulaCli, PrintsJson) {
  const Result r = formula({kProduct, "--shapes", kShapes, "--grad", "--loops", "--run", "--seed", "5", "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  ASSERT_EQ(r.lines().size(), 3u);
  const json f = lines_of(r), loops = lines_of(r, 1), run = lines_of(r, 2);
  EXPECT_EQ(f.at("event"), "formula");
  EXPECT_EQ(f.at("result"), "f32[64,48]");
  EXPECT_EQ(f.at("operands").at("B"), "f32[32,48]");
  const json& s = f.at("statements").at(0);
  EXPECT_EQ(s.at("kind"), "GEMM");
  EXPECT_EQ(s.at("roles").at("K").at("extent"), 32);
  EXPECT_EQ(s.at("indices").at(2).at("name"), "k");
  EXPECT_EQ(s.at("expression"), "[i0:64, i1:48 | k0:32] sum f32: x0[i0, k0] * x1[k0, i1]");
  EXPECT_EQ(f.at("gradients").at(0).at("statements").at(0).at("text"), "dA[i,k] += dC[i,j] * B[k,j]");
  EXPECT_EQ(loops.at("event"), "loops");
  EXPECT_GE(loops.at("kernels").size(), 3u);
  EXPECT_EQ(run.at("event"), "run");
  EXPECT_GT(run.at("seconds"), 0);
  EXPECT_GT(run.at("ceiling"), 0);
  EXPECT_LT(run.at("difference"), 1e-5);  // sums of 64 products in f32
}

TEST_F(FormulaCli, ShowsLoopsAndStages) {
  const Result loops = formula({kProduct, "--shapes", kShapes, "--loops"});
  ASSERT_EQ(loops.code, 0) << loops.err;
  EXPECT_THAT(loops.out, HasSubstr("kernel_0\ncontraction "));
  EXPECT_THAT(loops.out, HasSubstr("\nprogram\narena "));
  const Result stage = formula({kProduct, "--shapes", kShapes, "--stage", "recorded"});
  EXPECT_THAT(stage.out, StartsWith("func @formula("));
  expect_complaint(formula({kProduct, "--shapes", kShapes, "--stage", "nothing"}), 1, "no stage is called 'nothing'");
}

TEST_F(FormulaCli, RunsStatementsAndLookups) {
  const Result softmax = formula({"m[i] max= x[i,j]; e[i,j] = exp(x[i,j] - m[i]); s[i] += e[i,j]; y[i,j] = e[i,j]/s[i]",
                                  "--shapes", "x=16x10", "--grad", "--run"});
  EXPECT_EQ(softmax.code, 0) << softmax.err;
  EXPECT_THAT(softmax.out, HasSubstr("largest difference to the interpreter"));
  const Result lookup = formula({"y[i,j] = T[{ids[i]},j]", "--shapes", "T=100x16,ids=i64[8]", "--grad", "--run"});
  EXPECT_EQ(lookup.code, 0) << lookup.err;
  EXPECT_THAT(lookup.out, HasSubstr("    scatter\n"));
}

TEST_F(FormulaCli, RunsWhatHasNoOperandsOrNoElements) {
  const Result none = formula({"y[i] = i*0.5 where i in 5", "--run"});
  EXPECT_EQ(none.code, 0) << none.err;
  const Result empty = formula({kProduct, "--shapes", "A=4x0,B=0x48", "--grad", "--run"});
  EXPECT_EQ(empty.code, 0) << empty.err;
}

TEST_F(FormulaCli, ElementTypesAndUnknownExtents) {
  const Result narrow = formula({kProduct, "--shapes", kShapes, "--dtype", "bf16"});
  EXPECT_THAT(narrow.out, HasSubstr("C is bf16[64,48]"));
  const Result unknown = formula({kProduct, "--shapes", "A=f64[?n,32],B=f64[32,48]"});
  EXPECT_EQ(unknown.code, 0) << unknown.err;
  EXPECT_THAT(unknown.out, HasSubstr("C is f64[?n,48]"));
  expect_complaint(formula({kProduct, "--shapes", "A=?nx32,B=32x48", "--run"}), 1, "--run: extents must be numbers");
}

/// The tensors of a report, by name.
std::map<std::string, std::string> types_of(const json& report) {
  std::map<std::string, std::string> types;
  for (const auto& [name, type] : report.at("operands").items()) types[name] = type;
  for (const json& s : report.at("statements")) types[s.at("name")] = s.at("type");
  types["d" + report.at("statements").back().at("name").get<std::string>()] = report.at("result");
  for (const json& g : report.at("gradients"))
    for (const json& s : g.at("statements")) types[s.at("name")] = s.at("type");
  return types;
}

/// Each statement of a report that is called a formula, given to tenon formula again. What is refused or has another
/// type.
std::string fault_of(const json& statement, const std::map<std::string, std::string>& types,
                     const std::function<Result(std::vector<std::string>)>& formula) {
  const std::string text = statement.at("text"), name = statement.at("name");
  std::string shapes;
  for (const auto& [tensor, type] : types)
    if (tensor != name && std::regex_search(text, std::regex("\\b" + tensor + "\\b")))
      shapes += (shapes.empty() ? "" : ",") + tensor + "=" + type;
  const Result r = formula({text, "--shapes", shapes, "--json"});
  if (r.code != 0) return fmt::format("{} with {} is refused: {}", text, shapes, r.err);
  const std::string type = json::parse(r.lines().at(0)).at("result");
  return type == statement.at("type").get<std::string>() ? "" : fmt::format("{} with {} is {}", text, shapes, type);
}

TEST_F(FormulaCli, GradientsAreReadBack) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"s += x[i]*y[i]", "x=5,y=5"},
      {"s += x[i]", "x=[?n]"},
      {"s = x", "x=[]"},
      {"y[i,j] = x[i,j]", "x=4x3"},
      {"y[n,(g,k)] = x[n,g,k]", "x=2x3x4"},
      {"y[i] = a where i in 4", "a=[]"},
      {"y[i,j] = a*x[i] + b[j]", "a=[],x=f64[?n],b=[?m:0..4]"},
      {"y[i] = x[0]*b[i]", "x=1,b=3"},
      {"s *= x[i,j]", "x=2x3"},
      {"y[i] *= x[i,j]", "x=[?n,4]"},
      {"s max= x[i]", "x=7"},
      {"m[i] max= x[i,j]; e[i,j] = exp(x[i,j] - m[i]); s[i] += e[i,j]; y[i,j] = e[i,j]/s[i]", "x=[?n,10]"},
      {"C[i,j] += A[i,k]*B[k,j]", "A=?nx?k,B=?kx3"},
      {"y[p] += x[p + r]*w[r]", "x=[?n:3..],w=3"},
      {"y[p] += x[2*p + r]*w[r]", "x=[?n],w=3"},
      {"y[p] += x[3*p + 2*r]*w[r]", "x=20,w=3"},
      {"Y[n,f,p] += pad(X[n,c,2*p + r - 1], 0)*W[f,c,r] where p in 0:16", "X=8x3x32,W=4x3x3"},
      {"y[t] += pad(x[(t + 1 - r)/2])*w[r] where t in 0:10", "x=5,w=3"},
      {"y[i] = x[size(x,0) - 1 - i]", "x=[?n]"},
      {"y[i] = where(i >= 1, x[i - 1], x[0]) where i in 0:size(x,0) + 1", "x=[?n]"},
      {"y[i] += where(j <= i, x[j], 0) where i in 0:size(x,0), j in 0:size(x,0)", "x=[?n]"},
      {"y[i,j] = T[{ids[i]},j]", "T=[?v,4],ids=i64[?n]"},
      {"y[v,j] += where(ids[i] == v, u[i,j], 0) where v in 0:10", "u=[?n,4],ids=i64[?n]"},
      {"y[i] = sqrt(sum[k](x[i,k]**2) + 1)", "x=bf16[?n,8]"},
      {"y[i] = sum[j](x[i,j])/size(x,1)", "x=f64[3,?m]"},
      {"y[i] = pad(x[i + 100], 0) where i in 10", "x=10"},
      {"y[i] = x[i]*i/?n", "x=[?n]"},
      {"s min= abs(pad(x[1,i], 0.5))/z[i]", "x=[?n,4],z=[?n]"},
      {"t[i,j] = max(where(j <= i, x[j], 0), x[i]) where j in 0:2", "x=3"},
      {"D[i] = x[i,i] where i in 0:4", "x=4x4"},
  };
  int formulas = 0, others = 0;
  for (const auto& [text, shapes] : cases) {
    SCOPED_TRACE(text);
    const Result r = formula({text, "--shapes", shapes, "--grad", "--json"});
    EXPECT_EQ(r.code, 0) << r.err;
    if (r.code != 0) continue;
    const json report = lines_of(r);
    for (const json& g : report.at("gradients"))
      for (const json& s : g.at("statements")) {
        ++(s.at("form") == "formula" ? formulas : others);
        if (s.at("form") == "formula") {
          EXPECT_EQ(fault_of(s, types_of(report), formula), "");
        }
      }
  }
  EXPECT_GT(formulas, 40);
  EXPECT_EQ(others, 0);
}

TEST_F(FormulaCli, MistakesInTheFormulaAreMarked) {
  const Result r = formula({"C[i,j] = A[i,k]*B[k,j]", "--shapes", kShapes});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err,
            "tenon: formula, column 14: the index k is not bound: it is none of the target, and '=' does not sum. "
            "Write +=, sum[k](…), or "
            "{k} where k is a tensor\n  C[i,j] = A[i,k]*B[k,j]\n               ^\n");
}

TEST_F(FormulaCli, WrongUseIsRefusedWithOneLine) {
  expect_complaint(formula({}), 2, "formula is required");
  expect_complaint(formula({kProduct}), 1, "--shapes: the formula reads A, whose shape is not given; add A=…");
  expect_complaint(formula({kProduct, "--shapes", kShapes, "--dtype", "f31"}), 1,
                   "--dtype: unknown element type 'f31'");
  expect_complaint(formula({"y[i] = x[i] > 0", "--shapes", "x=3", "--grad"}), 1, "--grad: the result is bool[3]");
  expect_complaint(formula({"y[i] = f32(x[i])", "--shapes", "x=i64[3]", "--grad"}), 1,
                   "--grad: no operand is of floats");
  expect_complaint(formula({kProduct, "--shapes", kShapes, "--lops"}), 2, "did you mean --loops");
}

TEST_F(FormulaCli, ShapesAreReadStrictly) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"A=64x32,B=32x48,D=3", "the formula does not read D; it reads A, B"},
      {"A=64x32,A=3", "A has two shapes"},
      {"A", "'A' is no shape of a tensor; expected NAME=64x32"},
      {"A=4,2,B=2x3", "'2' is no shape of a tensor; expected NAME=64x32 (extents with x between them)"},
      {"=4x2", "'' is no name of a tensor"},
      {"3A=4x2", "'3A' is no name of a tensor"},
      {"A=64x32,,B=2", "nothing stands between two commas"},
      {"A=64x32,", "nothing stands between two commas, or behind the last one"},
      {"A=", "A: the shape is missing; expected 64x32, i64[64,32], [] for a scalar, or ?n"},
      {"A=64xx32", "A: an extent is missing"},
      {"A=[4,]", "A: an extent is missing"},
      {"A=?maxx32", "A: an extent is missing; a name with an x stands in brackets, as in [?max,4]"},
      {"A=-1x32", "A: the extent -1 is negative"},
      {"A=[4 - 5,2]", "A: shape [-1,2] has a negative extent"},
      {"A=9223372036854775807x2", "A: the extent 9223372036854775807 is too large, at most 1099511627776"},
      {"A=99999999999999999999999", "A: the extent 99999999999999999999999 is too large"},
      {"A=2000000000000", "A: 2000000000000 has more than 1099511627776 elements"},
      {"A=3037000500x3037000500", "A: 3037000500x3037000500 has more than 1099511627776 elements"},
      {"A=1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1", "A: 17 dimensions, at most 16"},
      {"A=64X32", "A: '64X32' is no extent"},
      {"A=64*32", "A: '64*32' is no extent"},
      {"A=1.5x32", "A: '1.5' is no extent"},
      {"A=[n,32]", "A: 'n' is no extent; an unknown one is written ?n"},
      {"A=q32[3]", "A: unknown element type 'q32'"},
      {"A=f32[3", "A: 'f32[3' has a [ without its ]"},
      {"A=f32[3]]", "A: 'f32[3]]' goes on behind its ]"},
      {"A=3]", "A: '3]' has a ] without its ["},
  };
  for (const auto& [shapes, message] : cases) {
    SCOPED_TRACE(shapes);
    expect_complaint(formula({kProduct, "--shapes", shapes}), 1, "--shapes: " + message);
  }
  for (const std::string shapes : {" A = 64 x 32 , B = f32 [ 32, 48 ]", "A=[?n:2..64,32],B=32x?m", "A=0x32,B=32x1"})
    EXPECT_EQ(formula({kProduct, "--shapes", shapes}).code, 0) << shapes;
  EXPECT_THAT(formula({"--help"}).out, HasSubstr("A=?nx32"));
}

TEST_F(FormulaCli, RunsOnlyWhatTakesSeconds) {
  expect_complaint(formula({kProduct, "--shapes", "A=9000x9000,B=9000x9000", "--run"}), 1,
                   "--run: 729,000,000,000 points would take about 73 s, and at most 60 s are spent; give smaller");
  expect_complaint(formula({"y += i*j where i in 1000000, j in 1000000", "--run"}), 1,
                   "--run: 1,000,000,000,000 points");
  expect_complaint(formula({kProduct, "--shapes", "A=100000x10,B=10x100000", "--run"}), 1,
                   "--run: operands and results would have 40,008,000,000 bytes, and at most 1,073,741,824 are filled");
  const Result counted = formula({kProduct, "--shapes", "A=100000x100000,B=100000x100000", "--grad"});
  EXPECT_THAT(counted.out, HasSubstr("= 2 x 1,000,000,000,000,000 points"));
}

TEST_F(FormulaCli, SaysWhatIsNotCompared) {
  const std::vector<std::string> large{"y += i*j where i in 10000, j in 10000", "--run"};
  EXPECT_THAT(formula(large).out, HasSubstr("not compared: the interpreter would take about "));
  std::vector<std::string> with_json = large;
  with_json.push_back("--json");
  const json run = lines_of(formula(with_json), 1);
  EXPECT_FALSE(run.at("checked"));
  EXPECT_THAT(run.at("unchecked").get<std::string>(), StartsWith("the interpreter would take about "));
}

TEST_F(FormulaCli, StagesAndRunsTogether) {
  const Result r = formula({kProduct, "--shapes", kShapes, "--stage", "recorded", "--run"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("func @formula("));
  EXPECT_THAT(r.out, HasSubstr("run with random operands"));
  const Result j = formula({kProduct, "--shapes", kShapes, "--stage", "recorded", "--run", "--json"});
  EXPECT_EQ(lines_of(j).at("event"), "stage");
  EXPECT_EQ(lines_of(j, 1).at("event"), "run");
}

TEST_F(FormulaCli, SaysWhatIsNoFormula) {
  // A position from data is checked when it runs, so that the access beside it cannot be padded; and none proves that
  // it stays inside.
  const std::vector<std::string> arguments{"s min= sqrt(abs(pad(x[1,{ids[i]}], 0.5)/z[i]))", "--shapes",
                                           "x=[?n,4],z=[?m],ids=i64[?m]", "--grad"};
  const Result text = formula(arguments);
  EXPECT_THAT(text.out, HasSubstr("  dx, by an expression that no formula says, where x0 is x, "));
  std::vector<std::string> with_json = arguments;
  with_json.push_back("--json");
  const json s = lines_of(formula(with_json)).at("gradients").at(0).at("statements").back();
  EXPECT_EQ(s.at("form"), "expression");
  EXPECT_EQ(s.at("text"), s.at("expression"));
}

}  // namespace
}  // namespace tenon::test
