#include "nn/module.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/test_folder.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "nn/layers.h"
#include "nn/registry.h"
#include "op/functions.h"

namespace tenon::nn {
namespace {

std::vector<std::string> names(const std::vector<Parameter>& slots) {
  std::vector<std::string> all;
  for (const Parameter& p : slots) all.push_back(p.name());
  return all;
}

/// x + out(tanh(hidden(x)))
class Residual final : public Module {
 public:
  explicit Residual(i64 units) : units_(units) {}
  Tensor forward(const Tensor& x) const override { return x + out_(tanh(hidden_(x))); }
  std::string_view type() const override { return "residual"; }
  nlohmann::json definition() const override { return {{"type", type()}, {"units", units_}}; }

 private:
  i64 units_;
  Linear hidden_ = add("hidden", Linear(units_, 2 * units_)), out_ = add("out", Linear(2 * units_, units_, false));
};

TEST(Module, NamesSlotsByTheirPath) {
  const Sequential model(Linear(4, 3), Dropout(0.5), Residual(3));
  EXPECT_EQ(names(model.parameters()),
            (std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.2.hidden.weight",
                                      "layers.2.hidden.bias", "layers.2.out.weight"}));
  EXPECT_EQ(names(model.state()),
            (std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.key", "layers.2.hidden.weight",
                                      "layers.2.hidden.bias", "layers.2.out.weight"}));
  EXPECT_EQ(model.children()[2]->children()[0]->path(), "layers.2.hidden");
  EXPECT_EQ(element_count(model.parameters()), 12 + 3 + 18 + 6 + 18);
}

TEST(Module, CopiesAreTheSameModule) {
  Linear a(2, 2);
  const Linear b = a;
  Parameter weight = a.weight();
  weight.set(Tensor::ones({2, 2}));
  EXPECT_EQ(b(Tensor::ones({1, 2})).to_vector<float>(), (std::vector<float>{2, 2}));
  a.eval();
  EXPECT_FALSE(b.training());
}

TEST(Module, IsPartOfOneOtherOnly) {
  const Linear shared(2, 2);
  Sequential first, second;
  first.append(shared);
  EXPECT_EQ(error_of([&] { second.append(shared); }),
            "module layers.0: it is part of another module already (as layers.0); construct a second one");
}

TEST(Module, ErrorsNameTheLayer) {
  const Sequential model(Linear(4, 3), Relu(), Linear(2, 1));
  EXPECT_TRUE(error_of([&] { model(Tensor::zeros({5, 4})); }).starts_with("layers.2 (linear): linear: x is f32[5,3]"));
  EXPECT_TRUE(error_of([&] { Linear(2, 1)(Tensor::zeros({5, 4})); }).starts_with("model (linear): linear: "));
}

TEST(Linear, IsTheAffineMap) {
  const Linear layer(2, 3);
  Parameter(layer.weight()).set(Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {3, 2}));
  Parameter(layer.bias()).set(Tensor::from({10.f, 20.f, 30.f}, {3}));
  EXPECT_EQ(layer(Tensor::from({1.f, -1.f}, {1, 2})).to_vector<float>(), (std::vector<float>{9, 19, 29}));
  EXPECT_NE(error_of([] { Linear(0, 3); }), "");
}

TEST(Linear, BeginsKaimingNormalWithZeroBias) {
  const InitScope scope(1);
  const Linear layer(400, 100);
  double squares = 0;
  for (double w : layer.weight().value().to_vector<float>()) squares += w * w / 40'000;
  EXPECT_NEAR(squares, 2.0 / 400, 5 * (2.0 / 400) * std::sqrt(2.0 / 40'000));  // five standard errors of a variance
  for (float b : layer.bias().value().to_vector<float>()) EXPECT_EQ(b, 0);
}

TEST(Embedding, GivesRowsByIds) {
  const Embedding layer(4, 2);
  Parameter(layer.weight()).set(Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f}, {4, 2}));
  const Tensor y = layer(Tensor::from<i64>({3, 0, 3}, {1, 3}));
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{7, 8, 1, 2, 7, 8}));
  EXPECT_NE(error_of([] { Embedding(0, 3); }), "");
  EXPECT_EQ(error_of([] { Embedding(4, 3, {.padding = 4}); }),
            "embedding: padding is row 4, expected one of the 4 rows");
}

TEST(Embedding, PaddingIsAndStaysZero) {
  for (bool sparse : {false, true}) {
    const Embedding layer(4, 2, {.sparse = sparse, .padding = 1});
    const auto row = [&](std::size_t k) { return layer.weight().value().to_vector<float>()[2 * k]; };
    EXPECT_EQ(row(1), 0);
    const float before = row(2);
    EXPECT_NE(before, 0);
    backward(sum(layer(Tensor::from<i64>({1, 2, 1}, {3}))), layer.parameters());
    EXPECT_EQ(layer.weight().grad().to_vector<float>(), (std::vector<float>{0, 0, 0, 0, 1, 1, 0, 0}));
    EXPECT_EQ(row_gradient(layer.weight().grad()).has_value(), sparse);
  }
}

TEST(Activations, AreTheirFunctions) {
  const Tensor x = Tensor::from({-2.f, 0.f, 1.f}, {3});
  auto expect = [&](const Module& m, std::vector<double> y) {
    const std::vector<float> got = m(x).to_vector<float>();
    // Values of f64 formulas against f32 with errors of a few units in the last place.
    for (std::size_t k = 0; k < y.size(); ++k) EXPECT_NEAR(got[k], y[k], 1e-6) << m.type();
  };
  expect(Relu(), {0, 0, 1});
  expect(LeakyRelu(0.1), {-0.2, 0, 1});
  expect(Sigmoid(), {1 / (1 + std::exp(2.0)), 0.5, 1 / (1 + std::exp(-1.0))});
  expect(Tanh(), {std::tanh(-2.0), 0, std::tanh(1.0)});
  expect(Silu(), {-2 / (1 + std::exp(2.0)), 0, 1 / (1 + std::exp(-1.0))});
  expect(Gelu(), {-1 - std::erf(-std::sqrt(2.0)), 0, 0.5 * (1 + std::erf(std::sqrt(0.5)))});
  EXPECT_EQ(Flatten()(Tensor::zeros({2, 3, 4})).shape(), (Shape{2, 12}));
}

TEST(Dropout, MasksDifferByStepAndLayerAndRepeatBySeed) {
  auto run = [](std::uint64_t seed, bool compiled) {
    const InitScope scope(seed);
    const Dropout first(0.5), second(0.5);
    std::vector<Parameter> state = first.state();
    const auto more = second.state();
    state.insert(state.end(), more.begin(), more.end());
    TensorFunction both = [&](std::span<const Tensor> x) -> std::vector<Tensor> { return {first(x[0]), second(x[0])}; };
    Jit step = jit(both, state);
    std::vector<std::vector<float>> masks;
    for (int k = 0; k < 3; ++k) {
      const std::vector<Tensor> x{Tensor::ones({10, 10})};
      for (const Tensor& y : compiled ? step(x) : both(x)) masks.push_back(y.to_vector<float>());
    }
    return masks;
  };
  const auto masks = run(7, true);
  for (std::size_t a = 0; a < masks.size(); ++a)
    for (std::size_t b = a + 1; b < masks.size(); ++b) EXPECT_NE(masks[a], masks[b]) << a << " " << b;
  for (const auto& mask : masks) {
    const auto kept = std::count(mask.begin(), mask.end(), 2.f);
    EXPECT_EQ(kept + std::count(mask.begin(), mask.end(), 0.f), 100);
    EXPECT_NEAR(static_cast<double>(kept), 50, 25);  // five standard deviations of the binomial distribution
  }
  EXPECT_EQ(masks, run(7, true));
  EXPECT_EQ(masks, run(7, false));
  EXPECT_NE(masks, run(8, true));
}

TEST(Dropout, DoesNothingInEvaluation) {
  const Sequential model{Dropout(0.9)};
  model.eval();
  const Tensor x = Tensor::ones({5});
  EXPECT_EQ(model(x).value(), x.value());
  EXPECT_NE(error_of([] { Dropout(1); }), "");
}

TEST(Definition, RebuildsTheModel) {
  static const bool registered = [] {
    register_module("residual",
                    [](const Definition& d) { return std::make_shared<Residual>(d.integer("units", 1, 100)); });
    return true;
  }();
  EXPECT_TRUE(registered);
  const Sequential model(Linear(4, 3, false), Relu(), Gelu(true), LeakyRelu(0.2), Sigmoid(), Tanh(), Silu(),
                         Dropout(0.3), Sequential(Flatten(), Residual(3)), Embedding(5, 2),
                         Embedding(5, 2, {.sparse = true, .padding = 3}));
  const nlohmann::json definition = model.definition();
  EXPECT_EQ(build_module(definition)->definition(), definition);
  EXPECT_EQ(names(build_module(definition)->state()), names(model.state()));
  EXPECT_EQ(definition["layers"][0], (nlohmann::json{{"type", "linear"}, {"in", 4}, {"out", 3}, {"bias", false}}));
}

TEST(Definition, OfOnesOwnModuleNeedsAName) {
  struct Nameless : Module {
    Tensor forward(const Tensor& x) const override { return x; }
  };
  EXPECT_TRUE(error_of([] { (void)Nameless().definition(); }).starts_with("this module cannot be saved"));
}

TEST(Definition, SaysWhatIsWrong) {
  auto error = [](const char* text) { return error_of([&] { build_module(nlohmann::json::parse(text)); }); };
  EXPECT_TRUE(
      error(R"({"type":"lineer"})")
          .starts_with(
              R"(model definition (lineer): the type "lineer" is unknown; did you mean linear?; known are dropout, )"));
  EXPECT_EQ(error(R"({"type":"linear","in":3,"bias":true})"),
            R"(model definition (linear): the field "out" is missing)");
  EXPECT_EQ(error(R"({"type":"relu","slope":3})"), R"(model definition (relu): the field "slope" is unknown)");
  EXPECT_EQ(error(R"({"type":"sequential","layers":[{"type":"relu"},{"type":"dropout","rate":"x"}]})"),
            R"(model definition (sequential), layers.1 (dropout): "rate" must be a number from 0 to 1)");
  for (const char* bad :
       {"[]", "{}", R"({"type":3})", R"({"type":"sequential","layers":{}})",
        R"({"type":"linear","in":18446744073709551615,"out":1,"bias":true})",
        R"({"type":"linear","in":0,"out":1,"bias":true})", R"({"type":"linear","in":1.5,"out":1,"bias":true})",
        R"({"type":"linear","in":1,"out":1,"bias":1})", R"({"type":"dropout","rate":1})"})
    EXPECT_NE(error(bad), "") << bad;
  std::string deep = R"({"type":"relu"})";
  for (int k = 0; k < 100; ++k) deep = R"({"type":"sequential","layers":[)" + deep + "]}";
  EXPECT_NE(error(deep.c_str()).find("nested more than 64 deep"), std::string::npos);
}

TEST(Module, LearnsExclusiveOr) {
  const InitScope scope(2);
  const Sequential model(Linear(2, 8), Tanh(), Linear(8, 1));
  const Tensor x = Tensor::from({0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f}, {4, 2}),
               y = Tensor::from({0.f, 1.f, 1.f, 0.f}, {4, 1});
  Jit step = jit(
      [&](std::span<const Tensor> in) -> std::vector<Tensor> {
        const Tensor cost = mse(model(in[0]), in[1]);
        backward(cost, model.parameters());
        for (Parameter p : model.parameters()) p.set(p.value() - p.grad() * 0.1);
        return {cost};
      },
      model.state());
  double cost = 1;
  for (int k = 0; k < 2000; ++k) cost = step({x, y})[0].item();
  EXPECT_LT(cost, 0.01);
}

}  // namespace
}  // namespace tenon::nn
