// tenon formula, run as users run it.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

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
  expect_complaint(formula({kProduct, "--shapes", "A=64x32,B=32x48,D=3"}), 1, "--shapes: the formula does not read D");
  expect_complaint(formula({kProduct, "--shapes", "A=64x32,A=3"}), 1, "--shapes: A has two shapes");
  expect_complaint(formula({kProduct, "--shapes", "A"}), 1, "--shapes: 'A' is no shape of a tensor");
  expect_complaint(formula({kProduct, "--shapes", "A=64xx32,B=32x48"}), 1, "--shapes: A: ");
  expect_complaint(formula({kProduct, "--shapes", "A=-1x32,B=32x48"}), 1,
                   "--shapes: A: shape [-1,32] has a negative extent");
  expect_complaint(formula({kProduct, "--shapes", "A=q32[3],B=32x48"}), 1, "--shapes: A: ");
  expect_complaint(formula({kProduct, "--shapes", kShapes, "--dtype", "f31"}), 1,
                   "--dtype: unknown element type 'f31'");
  expect_complaint(formula({"y[i] = x[i] > 0", "--shapes", "x=3", "--grad"}), 1, "--grad: the result is bool[3]");
  expect_complaint(formula({"y[i] = f32(x[i])", "--shapes", "x=i64[3]", "--grad"}), 1,
                   "--grad: no operand is of floats");
  expect_complaint(formula({kProduct, "--shapes", kShapes, "--lops"}), 2, "did you mean --loops");
}

}  // namespace
}  // namespace tenon::test
