#include "nn/weights.h"

#include <gmock/gmock.h>

#include "base/error_of.h"
#include "nn/layers.h"
#include "tensor/npy.h"
#include "tensor/pytorch.h"

namespace tenon::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string testdata(const std::string& name) { return TENON_SOURCE_DIR "/src/nn/testdata/" + name; }

Array filled(Shape shape, double value, DType dtype = DType::F32) {
  return Array::full({dtype, std::move(shape)}, Number(value));
}

std::vector<float> values(const Parameter& p) { return p.value().to_vector<float>(); }

std::map<std::string, Array> weights_of(const Module& module) {
  std::map<std::string, Array> arrays;
  for (const Parameter& p : module.state()) arrays.emplace(p.name(), p.value().data());
  return arrays;
}

TEST(Weights, OfPyTorchGiveItsOutputs) {
  const Sequential net(Linear(3, 4), Tanh(), Linear(4, 4), Gelu(), Linear(4, 2));
  const std::vector<WeightRule> rules{weight_rule("encoder.* -> layers.*"), weight_rule("head.* -> layers.4.*")};
  load_weights(net, read_pytorch(testdata("torch_net.pt")), rules);
  const auto expected = read_npz(testdata("torch_net.npz"));
  const std::vector<float> y = net(Tensor(expected.at("x"))).to_vector<float>();
  const auto reference = expected.at("y").values<float>();
  ASSERT_EQ(y.size(), reference.size());
  // Sums of four products and a tanh in f32, of values below 2.
  for (std::size_t k = 0; k < y.size(); ++k) EXPECT_NEAR(y[k], reference[k], 1e-6);
}

TEST(Weights, RulesRename) {
  std::map<std::string, Array> arrays;
  for (const char* name : {"encoder.layers.0.fc.w", "encoder.layers.10.fc.w", "head", "pool.steps", "other"})
    arrays.emplace(name, filled({2, 3}, 0));
  const auto names = [&](const std::vector<std::string>& rules) {
    std::vector<WeightRule> parsed;
    for (const std::string& r : rules) parsed.push_back(weight_rule(r));
    std::string text;
    for (const auto& [name, array] : renamed_weights(arrays, parsed))
      text += fmt::format("{}{} ", name, array.shape() == Shape{3, 2} ? "'" : "");
    return text;
  };
  EXPECT_EQ(names({"encoder.layers.*.fc.* -> blocks.*.linear.*", "head -> out transposed", "*.steps ->"}),
            "blocks.0.linear.w blocks.10.linear.w other out' ");
  EXPECT_EQ(names({"encoder.* -> first.*", "* -> rest.* transposed"}),
            "first.layers.0.fc.w first.layers.10.fc.w rest.head' rest.other' rest.pool.steps' ");
  EXPECT_EQ(names({"encoder -> e", "ncoder.* -> n.*", "*.layers -> l.*"}),
            "encoder.layers.0.fc.w encoder.layers.10.fc.w head other pool.steps ");  // whole names alone
  EXPECT_EQ(error_of([&] { names({"*.layers.*.fc.w -> *.x*", "head -> other"}); }),
            "tensors lose each other under the rules: head and other both become other");
}

TEST(Weights, RulesAreCheckedWhenRead) {
  EXPECT_THAT(error_of([] { weight_rule("a b"); }), HasSubstr("'a b' is no rule for names; expected such as"));
  EXPECT_NE(error_of([] { weight_rule("a -> b -> c"); }), "");
  EXPECT_THAT(error_of([] { weight_rule("-> b"); }), HasSubstr("does not say which tensors"));
  EXPECT_EQ(error_of([] { weight_rule("a.* -> b"); }),
            "the rule 'a.* -> b' has not as many stars on one side as on the other");
  EXPECT_EQ(error_of([] { weight_rule("a.*.* ->"); }), "");
}

TEST(Weights, FloatsOfOtherWidthsAreRounded) {
  const Linear layer(1, 2);
  load_weights(layer, {{"weight", filled({2, 1}, 1 + 0x1p-30, DType::F64)}, {"bias", filled({2}, 1.5, DType::BF16)}});
  EXPECT_EQ(values(layer.weight()), (std::vector<float>{1, 1}));
  EXPECT_EQ(values(layer.bias()), (std::vector<float>{1.5, 1.5}));
}

TEST(Weights, TakeNoViewsOfWhatTheyCameFrom) {
  const Linear layer(2, 2, false);
  Array shared = Array::from<float>({1, 2, 3, 4}, {2, 2});
  const std::vector<WeightRule> rules{weight_rule("kernel -> weight transposed")};
  load_weights(layer, {{"kernel", shared}}, rules);
  shared.set(1, Number(9.0));
  EXPECT_EQ(values(layer.weight()), (std::vector<float>{1, 3, 2, 4}));
}

TEST(Weights, AllFaultsAreListedAtOnceAndNothingIsLoaded) {
  const Sequential net(Linear(3, 4), Dropout(0.5), Linear(4, 2));
  const auto before = weights_of(net);
  std::map<std::string, Array> arrays{
      {"first.weight", filled({3, 4}, 7)},    {"first.bias", filled({4}, 7)},
      {"layers.2.weigth", filled({2, 4}, 7)}, {"layers.2.bias", filled({2}, 7, DType::I64)},
      {"copy.bias", filled({4}, 7)},          {"extra", filled({1}, 7)}};
  const std::vector<WeightRule> rules{weight_rule("first.* -> layers.0.*"), weight_rule("copy.* -> layers.0.*"),
                                      weight_rule("decoder.* -> layers.*")};
  EXPECT_EQ(
      error_of([&] { load_weights(net, arrays, rules); }),
      "the weights do not fit the module:\n"
      "  missing: layers.2.weight; did you mean layers.2.weigth?\n"
      "  unexpected: extra, layers.2.weigth\n"
      "  other type: layers.0.weight (in the file first.weight) is f32[3,4], the module has f32[4,3]; transposed it "
      "fits\n"
      "  other type: layers.2.bias is i64[2], the module has f32[2]\n"
      "  one name twice: copy.bias and first.bias both become layers.0.bias\n"
      "  fits no tensor: decoder.* -> layers.*");
  for (const auto& [name, array] : weights_of(net)) EXPECT_TRUE(identical(array, before.at(name))) << name;
}

TEST(Weights, KeysOfRandomNumbersMayBeMissing) {
  const Sequential net(Linear(3, 4), Dropout(0.5));
  auto arrays = weights_of(net);
  const Array key = arrays.at("layers.1.key");
  load_weights(net, arrays);
  arrays.erase("layers.1.key");
  load_weights(net, arrays);
  EXPECT_TRUE(identical(weights_of(net).at("layers.1.key"), key));
}

}  // namespace
}  // namespace tenon::nn
