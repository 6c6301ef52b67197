// ONNX models with the tenon tool, as users run it.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tensor/npy.h"
#include "tool.h"

namespace tenon::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class OnnxCli : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = testing::TempDir() + "tenon-onnx-cli";
    fs::remove_all(folder);
    write_quadrants(folder + "/data", 200, 50);
    const Result trained =
        tool({"train", "mlp", "--data", "data", "--hidden", "16", "--epochs", "1", "--out", "m.safetensors"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Result converted = tool({"convert", "m.safetensors", "m.onnx"});
    ASSERT_EQ(converted.code, 0) << converted.err;
    write_npy(folder + "/x.npy", Array::from<float>(ramp(), {2, 36}));
  }
  static void TearDownTestSuite() { fs::remove_all(folder); }
  static Result tool(const std::vector<std::string>& arguments) { return tenon(arguments, folder); }
  static std::vector<float> ramp() {
    std::vector<float> v(72);
    for (std::size_t k = 0; k < v.size(); ++k) v[k] = 0.1f * static_cast<float>(k % 23) - 1;
    return v;
  }
  static inline std::string folder;
};

TEST_F(OnnxCli, AModelOfOursGivesTheSameThere) {
  const Result there = tool({"run", "m.onnx", "--input", "images=x.npy", "--output-dir", "out"});
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_THAT(there.out, HasSubstr("output_0: f32[2,4] -> out/output_0.npy"));
  const Result here = tool({"run", "m.safetensors", "--batch", "2", "--input", "images=x.npy", "--output", "0=y.npy"});
  ASSERT_EQ(here.code, 0) << here.err;
  const Array a = read_npy(folder + "/out/output_0.npy"), b = read_npy(folder + "/y.npy");
  ASSERT_EQ(a.type(), b.type());
  for (i64 k = 0; k < a.count(); ++k) EXPECT_NEAR(a.at(k).as_double(), b.at(k).as_double(), 1e-6);
}

TEST_F(OnnxCli, WeightsMayBeInAFileBesideTheModel) {
  const Result converted = tool({"convert", "m.safetensors", "beside.onnx", "--external-data"});
  ASSERT_EQ(converted.code, 0) << converted.err;
  EXPECT_THAT(converted.out, HasSubstr("beside.onnx and beside.onnx.data"));
  ASSERT_EQ(tool({"run", "m.onnx", "--input", "images=x.npy", "--output-dir", "inside"}).code, 0);
  const Result r = tool({"run", "beside.onnx", "--input", "images=x.npy", "--output-dir", "beside"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(to_string(read_npy(folder + "/inside/output_0.npy")), to_string(read_npy(folder + "/beside/output_0.npy")));
  EXPECT_THAT(tool({"convert", "m.onnx", "m.ir", "--external-data"}).err, HasSubstr("m.ir does not end in .onnx"));
}

// In as ml_dtypes writes it, or as the bytes' numbers; out as NumPy can read it.
TEST_F(OnnxCli, NarrowTypesPassThroughNumPysFiles) {
  write_npy(folder + "/q.npy", Array::from<float>({0.5f, -448, 1.75f}, {3}).cast(DType::F8E4M3FN));
  write_npy(folder + "/n.npy", Array::from<std::int8_t>({-8, 7, -1}, {3}));
  std::ofstream(folder + "/narrow.ir")
      << "func @main(%0: f8e4m3fn[3] \"q\", %1: i4[3] \"n\") -> (f8e5m2[3], i4[3], f32[3]) {\n"
         "  %2 = cast(%0) {dtype=f8e5m2} : f8e5m2[3]\n"
         "  %3 = flip(%1) {axes=[0]} : i4[3]\n"
         "  %4 = cast(%0) {dtype=f32} : f32[3]\n"
         "  return %2, %3, %4\n}\n";
  const Result converted = tool({"convert", "narrow.ir", "narrow.onnx", "--opset", "21"});
  ASSERT_EQ(converted.code, 0) << converted.err;
  EXPECT_THAT(tool({"convert", "narrow.ir", "old.onnx"}).err, HasSubstr("came with opset 19, and opset 17 is written"));
  EXPECT_THAT(tool({"inspect", "narrow.onnx"}).out, HasSubstr("float8e4m3fn[3]"));
  const Result ran = tool({"run", "narrow.onnx", "--input", "q=q.npy", "--input", "n=n.npy", "--output-dir", "narrow"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(to_string(read_npy(folder + "/narrow/output_0.npy", DType::F8E5M2)), "f8e5m2[3] [0.5, -448, 1.75]");
  EXPECT_EQ(to_string(read_npy(folder + "/narrow/output_1.npy")), "i8[3] [-1, 7, -8]");
  write_npy(folder + "/n.npy", Array::from<std::int8_t>({-9, 7, -1}, {3}));
  EXPECT_THAT(tool({"run", "narrow.onnx", "--input", "q=q.npy", "--input", "n=n.npy"}).err,
              HasSubstr("element 0 is -9, which is no i4"));
}

TEST_F(OnnxCli, SaysWhatItNeeds) {
  const Result r = tool({"run", "m.onnx"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.err,
              AllOf(HasSubstr("images: float[batch,36]"), HasSubstr("--input images=FILE.npy"), HasSubstr("--random")));
  EXPECT_THAT(tool({"run", "m.onnx", "--random"}).err, HasSubstr("give its unknown extents with --dim NAME=N"));
  EXPECT_THAT(tool({"run", "m.onnx", "--random", "--dim", "rows=2"}).err,
              HasSubstr("the model has no open extent 'rows'; there are: batch"));
  EXPECT_THAT(tool({"run", "m.onnx", "--input", "picture=x.npy"}).err,
              HasSubstr("the model has no input 'picture'; there are: images"));
  EXPECT_THAT(tool({"run", "absent.onnx"}).err, HasSubstr("absent.onnx: cannot be opened"));
}

TEST_F(OnnxCli, MeasuresRuns) {
  const Result r =
      tool({"run", "m.onnx", "--random", "--dim", "batch=3", "--repeat", "5", "--json", "--output-dir", "out"});
  ASSERT_EQ(r.code, 0) << r.err;
  const std::size_t line = r.out.find('\n');
  const json output = json::parse(r.out.substr(0, line)), timing = json::parse(r.out.substr(line + 1));
  EXPECT_EQ(output["type"], "f32[3,4]");
  EXPECT_EQ(timing["runs"], 5);
  EXPECT_GT(timing["median_ms"], 0.0);
}

TEST_F(OnnxCli, InspectsAndChecks) {
  const Result r = tool({"inspect", "m.onnx", "--dim", "batch=2"});
  EXPECT_THAT(r.out, AllOf(HasSubstr("opsets       ai.onnx 17"), HasSubstr("input        images: float[batch,36]"),
                           HasSubstr("parameters   660, "), HasSubstr("Gemm"), HasSubstr("FLOP")));
  EXPECT_THAT(tool({"inspect", "m.onnx", "--svg"}).out, StartsWith("<svg"));
  EXPECT_EQ(json::parse(tool({"inspect", "m.onnx", "--dim", "batch=2", "--json"}).out)["parameters"], 660);
  EXPECT_THAT(tool({"check", "m.onnx"}).out, HasSubstr("m.onnx: no problems"));
}

TEST_F(OnnxCli, ConvertsBothWays) {
  ASSERT_EQ(tool({"convert", "m.onnx", "m.ir", "--dim", "batch=2"}).code, 0);
  ASSERT_EQ(tool({"convert", "m.ir", "again.onnx", "--opset", "21"}).code, 0);
  ASSERT_EQ(tool({"run", "again.onnx", "--input", "images=x.npy", "--output-dir", "again"}).code, 0);
  const Result r = tool({"convert", "m.ir", "m2.ir"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.err, HasSubstr("one of the two files must be an ONNX model"));
}

}  // namespace
}  // namespace tenon::test
