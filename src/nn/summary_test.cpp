#include "nn/summary.h"

#include <gtest/gtest.h>

#include "eager/trace.h"
#include "nn/layers.h"
#include "op/functions.h"

namespace tenon::nn {
namespace {

TEST(Summary, OfTheReferenceMlp) {
  const Sequential model = mlp(784, {128, 32}, 10);
  const Summary training = summarize(model, {DType::F32, {128, 784}});
  EXPECT_EQ(training.parameters, 104'938);
  EXPECT_EQ(training.parameter_bytes, 419'752);
  EXPECT_EQ(training.training_bytes, 990'120);
  const Summary inference = summarize(model, {DType::F32, {1, 784}});
  EXPECT_EQ(inference.inference_bytes, 423'400);
}

TEST(Summary, ListsTheLayers) {
  const Sequential model = mlp(784, {128, 32}, 10);
  const Summary s = summarize(model, {DType::F32, {2, 784}});
  ASSERT_EQ(s.layers.size(), 5u);
  EXPECT_EQ(s.layers[0].path, "layers.0");
  EXPECT_EQ(s.layers[0].type, "linear");
  EXPECT_EQ(s.layers[0].output, Type(DType::F32, {2, 128}));
  EXPECT_EQ(s.layers[0].parameters, 100'480);
  EXPECT_TRUE(s.layers[1].in_place);
  EXPECT_EQ(s.layers[4].output, Type(DType::F32, {2, 10}));
  EXPECT_NE(to_string(s).find("104938 parameters, 419752 bytes"), std::string::npos) << to_string(s);
}

TEST(Summary, CountsWhatCannotBeDoneInPlace) {
  // GELU needs its input for the gradient; dropout makes a new output while training and is nothing in inference.
  const Sequential model(Linear(10, 20), Gelu(), Dropout(0.5), Linear(20, 5));
  const Tensor key = model.state()[2].value();
  const Summary s = summarize(model, {DType::F32, {3, 10}});
  const i64 parameters = (220 + 105) * 4 + 8;  // and the key of dropout
  EXPECT_EQ(s.parameter_bytes, parameters);
  EXPECT_EQ(s.training_bytes, parameters + 3 * 4 * (10 + 20 + 20 + 20 + 5) + 3 * 4 * (20 + 20));
  EXPECT_EQ(s.inference_bytes, parameters + 3 * 4 * (10 + 20));
  EXPECT_TRUE(model.training());
  EXPECT_TRUE(identical(model.state()[2].value().data(), key.data())) << "a summary draws no random numbers";
}

TEST(Summary, CountsWhatAModuleAddsToItsParts) {
  struct Residual : Module {
    Linear inner = add("inner", Linear(4, 4));
    Tensor forward(const Tensor& x) const override { return x + inner(x); }
  };
  const Summary s = summarize(Residual(), {DType::F32, {1, 4}});
  EXPECT_EQ(s.training_bytes, 20 * 4 + 4 * (4 + 4 + 4) + 4 * (4 + 4));
}

TEST(Summary, OfOneLayer) {
  const Summary s = summarize(Linear(4, 3), {DType::F32, {1, 4}});
  EXPECT_EQ(s.training_bytes, 15 * 4 + 4 * (4 + 3) + 4 * 3);
  EXPECT_EQ(s.inference_bytes, 15 * 4 + 4 * (4 + 3));
}

}  // namespace
}  // namespace tenon::nn
