// tenon weights, run as users run it.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tensor/npy.h"
#include "tensor/safetensors.h"
#include "tool.h"

namespace tenon::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class WeightsCli : public testing::Test {
 protected:
  void SetUp() override {
    folder = testing::TempDir() + "tenon-weights-cli";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const char* name : {"torch_checkpoint.pt", "torch_types.pt", "torch_refused_model.pt", "f4.npy", "stored.npz"})
      std::filesystem::copy(TENON_SOURCE_DIR "/src/tensor/testdata/" + std::string(name), folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Result tool(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "weights");
    return tenon(arguments, folder);
  }
  std::string at(const std::string& name) const { return folder + "/" + name; }

  std::string folder;
};

TEST_F(WeightsCli, ListsEveryFormat) {
  const Result torch = tool({"torch_types.pt"});
  EXPECT_EQ(torch.code, 0) << torch.err;
  EXPECT_EQ(torch.out,
            "tensor    type  shape  bytes\n"
            "bfloat16  bf16  [2,3]     12\n"
            "bool      bool  [2,3]      6\n"
            "float16    f16  [2,3]     12\n"
            "float32    f32  [2,3]     24\n"
            "float64    f64  [2,3]     48\n"
            "int16      i16  [2,3]     12\n"
            "int32      i32  [2,3]     24\n"
            "int64      i64  [2,3]     48\n"
            "int8        i8  [2,3]      6\n"
            "uint8       u8  [2,3]      6\n"
            "pytorch: 10 tensors, 60 elements, 198 bytes\n");
  EXPECT_THAT(tool({"f4.npy"}).out, HasSubstr("\nf4       f32  [2,3]     24\nnpy: 1 tensors"));
  EXPECT_THAT(tool({"stored.npz"}).out, HasSubstr("\nnpz: 3 tensors, 16 elements"));
  const std::vector<std::string> lines = tool({"torch_types.pt", "--json"}).lines();
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(json::parse(lines[0]),
            json({{"event", "tensor"}, {"name", "bfloat16"}, {"dtype", "bf16"}, {"shape", {2, 3}}, {"bytes", 12}}));
  EXPECT_EQ(json::parse(lines[10]),
            json({{"event", "weights"}, {"format", "pytorch"}, {"tensors", 10}, {"elements", 60}, {"bytes", 198}}));
}

TEST_F(WeightsCli, ConvertsAndRenames) {
  const Result done = tool({"torch_checkpoint.pt", "--map", "model.*.running_* -> stats.*.*", "--map",
                            "model.*.weight -> layers.*.kernel transposed", "--map", "optimizer.* ->", "--map",
                            "history.* ->", "-o", "m.safetensors"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("saved: m.safetensors"));
  const auto expected = read_npz(TENON_SOURCE_DIR "/src/tensor/testdata/torch_checkpoint.npz");
  const auto found = read_safetensors(at("m.safetensors")).tensors;
  EXPECT_EQ(found.size(), 9u);
  EXPECT_TRUE(identical(found.at("layers.0.kernel"), expected.at("model.0.weight").transposed({1, 0})));
  EXPECT_TRUE(identical(found.at("layers.1.kernel"), expected.at("model.1.weight")));  // a vector
  EXPECT_TRUE(identical(found.at("stats.1.mean"), expected.at("model.1.running_mean")));
  EXPECT_TRUE(identical(found.at("model.3.bias"), expected.at("model.3.bias")));
  EXPECT_THAT(tool({"m.safetensors"}).out, HasSubstr("\nsafetensors: 9 tensors"));
}

TEST_F(WeightsCli, SaysWhatIsWrong) {
  expect_complaint(tool({"torch_refused_model.pt"}), 1,
                   "'torch_refused_model.pt' wants the Python object 'torch.nn.modules.container.Sequential'");
  expect_complaint(tool({"f4.npy", "-o", "m.pt"}), 1, "--out: 'm.pt' must end in .safetensors");
  expect_complaint(tool({"f4.npy", "--map", "a"}), 1, "'a' is no rule for names");
  expect_complaint(tool({"stored.npz", "--map", "* -> w", "-o", "m.safetensors"}), 1, "not as many stars");
  expect_complaint(tool({"stored.npz", "--map", "a -> w", "--map", "b -> w", "-o", "m.safetensors"}), 1,
                   "a and b both become w");
  EXPECT_FALSE(std::filesystem::exists(at("m.safetensors")));
  expect_complaint(tool({"none.pt"}), 1, "none.pt");
}

}  // namespace
}  // namespace tenon::test
