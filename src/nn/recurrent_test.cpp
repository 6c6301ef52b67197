#include "nn/recurrent.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error_of.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "nn/layers.h"
#include "nn/registry.h"
#include "op/functions.h"
#include "tensor/npy.h"

namespace tenon::nn {
namespace {

constexpr RecurrentOptions kTwoBothWays{.layers = 2, .bidirectional = true, .batch_first = true};

/// Sums of at most 4 products of numbers around 1, through two layers and 4 steps.
void expect_close(const Tensor& given, const Array& expected) {
  ASSERT_EQ(given.shape(), expected.shape());
  for (i64 k = 0; k < expected.count(); ++k)
    EXPECT_NEAR(given.data().at(k).as_double(), expected.at(k).as_double(), 2e-6) << "element " << k;
}

template <class Layer>
void expect_pytorchs_values(const std::string& kind) {
  auto golden = read_npz(TENON_SOURCE_DIR "/src/nn/testdata/recurrent.npz");
  const auto of = [&](const std::string& name) { return golden.at(kind + "." + name); };
  const Layer layer(3, 2, kTwoBothWays);
  for (Parameter p : layer.parameters()) p.set(Tensor(of(p.name())));
  const Tensor x(of("x"));
  expect_close(layer(x), of("plain"));
  const bool has_c = kind == "lstm";
  const auto out =
      layer.run(x, Tensor(of("lengths")), Tensor(of("h")), has_c ? std::optional<Tensor>(of("c")) : std::nullopt);
  expect_close(out.y, of("y"));
  expect_close(out.h, of("last_h"));
  if (has_c) expect_close(out.c, of("last_c"));
}

TEST(Recurrent, GivesPyTorchsValues) {
  expect_pytorchs_values<Lstm>("lstm");
  expect_pytorchs_values<Gru>("gru");
  expect_pytorchs_values<Rnn>("rnn");
}

TEST(Recurrent, HasPyTorchsNames) {
  const Gru layer(3, 2, {.layers = 2, .bidirectional = true, .dropout = 0.5});
  std::vector<std::string> names;
  for (const Parameter& p : layer.state()) names.push_back(p.name());
  EXPECT_EQ(names, (std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                                             "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse",
                                             "bias_hh_l0_reverse", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1",
                                             "bias_hh_l1", "weight_ih_l1_reverse", "weight_hh_l1_reverse",
                                             "bias_ih_l1_reverse", "bias_hh_l1_reverse", "dropout.0.key"}));
  EXPECT_EQ(layer.parameters()[8].shape(), (Shape{6, 4}));
  EXPECT_EQ(Lstm(3, 2, {.bias = false}).parameters().size(), 2u);
}

TEST(Recurrent, DropsBetweenLayersWhileTraining) {
  const Rnn layer(2, 8, {.layers = 2, .dropout = 0.5}, "relu");
  const Tensor x = Tensor::ones({3, 2, 2});
  const auto first = layer(x).to_vector<float>(), second = layer(x).to_vector<float>();
  EXPECT_NE(first, second);
  layer.eval();
  EXPECT_EQ(layer(x).to_vector<float>(), layer(x).to_vector<float>());
}

TEST(Recurrent, IsRebuiltFromItsDefinition) {
  const Sequential model(Lstm(3, 2, kTwoBothWays), Gru(4, 3), Rnn(3, 1, {.bias = false, .dropout = 0.25}, "relu"));
  const ModulePtr again = build_module(model.definition());
  EXPECT_EQ(again->definition(), model.definition());
  EXPECT_EQ(again->parameters().size(), model.parameters().size());
}

TEST(Recurrent, SaysWhatIsWrong) {
  EXPECT_TRUE(
      error_of([] { Lstm(0, 2); }).starts_with("lstm: 0 inputs, 2 units, 1 layers; expected at least 1 of each"));
  EXPECT_NE(error_of([] { Gru(3, 2)(Tensor::ones({4, 3})); }).find("gru: x is f32[4,3], expected [n, batch, inputs]"),
            std::string::npos);
  EXPECT_NE(error_of([] { Rnn(3, 2)(Tensor::ones({4, 1, 2})); }).find("rnn: w is f32[1,2,3], expected f32[1,2,2]"),
            std::string::npos);
}

TEST(Recurrent, FirstStatesFitAllLayers) {
  const Lstm layer(3, 4, {.layers = 2});
  const Tensor x = Tensor::ones({5, 2, 3});
  EXPECT_EQ(error_of([&] { layer.run(x, {}, Tensor::ones({3, 2, 4}), Tensor::ones({3, 2, 4})); }),
            "lstm: the first h is f32[3,2,4], expected [2,2,4], the states of all layers");
  EXPECT_EQ(error_of([&] { layer.run(x, {}, Tensor::ones({2, 2, 4}), Tensor::ones({2, 4})); }),
            "lstm: the first c is f32[2,4], expected [2,2,4], the states of all layers");
  EXPECT_EQ(error_of([] { Gru(3, 4, {.dropout = 1.5}); }), "gru: the dropout rate is 1.5, expected 0 <= rate < 1");
}

// The first of four signs, when all have been read.
TEST(Recurrent, LearnsToRemember) {
  const InitScope scope(1);
  const Lstm layer(1, 4, {.batch_first = true});
  const Linear out(4, 1);
  std::vector<float> rows, labels;
  for (int row = 0; row < 16; ++row) {
    for (int k = 0; k < 4; ++k) rows.push_back(row >> k & 1 ? 1.f : -1.f);
    labels.push_back(rows[rows.size() - 4]);
  }
  const Tensor x = Tensor::from(std::span<const float>(rows), {16, 4, 1});
  const Tensor label = Tensor::from(std::span<const float>(labels), {16, 1});
  std::vector<Parameter> parameters = layer.parameters();
  for (const Parameter& p : out.parameters()) parameters.push_back(p);
  Jit step = jit(
      [&](std::span<const Tensor> in) -> std::vector<Tensor> {
        const Tensor cost = mse(out(select(layer(in[0]), 1, -1)), in[1]);
        backward(cost, parameters);
        for (Parameter p : parameters) p.set(p.value() - p.grad() * 0.5);
        return {cost};
      },
      parameters);
  double last = 1;
  for (int k = 0; k < 600; ++k) last = step({x, label})[0].item();
  EXPECT_LT(last, 0.05);
}

}  // namespace
}  // namespace tenon::nn
