#include "optim/optimizer.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/error_of.h"
#include "base/test_folder.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "op/functions.h"
#include "optim/adam.h"
#include "optim/schedule.h"
#include "optim/sgd.h"
#include "tensor/npy.h"

namespace tenon::optim {
namespace {

using Make = std::function<std::shared_ptr<Optimizer>(std::vector<Parameter>)>;

template <class O, class Options>
Make make(Options options) {
  options.lr = 0.1;
  return [options](std::vector<Parameter> p) { return std::make_shared<O>(std::move(p), options); };
}

struct Case {
  std::string name;
  Make make;
};
std::vector<Case> cases() {
  return {
      {"sgd", make<Sgd>(SgdOptions{})},
      {"sgd_decay", make<Sgd>(SgdOptions{{.weight_decay = 0.3}})},
      {"sgd_decay_biases", make<Sgd>(SgdOptions{{.weight_decay = 0.3, .decay_biases = true}})},
      {"sgd_clip", make<Sgd>(SgdOptions{{.clip_norm = 1}})},
      {"momentum", make<Sgd>(SgdOptions{{}, 0.9})},
      {"nesterov", make<Sgd>(SgdOptions{{}, 0.9, true})},
      {"adam", make<Adam>(AdamOptions{})},
      {"adam_small_eps", make<Adam>(AdamOptions{.eps = 1e-8})},
      {"adam_l2", make<Adam>(AdamOptions{{.weight_decay = 0.3}, 0.9, 0.999, 1e-3, false})},
      {"adamw", make<Adam>(AdamOptions{{.weight_decay = 0.3}})},
  };
}

Tensor f32(const Array& a) { return Tensor(a.cast(DType::F32)); }
Tensor step_of(const Array& all, i64 step) {
  const Array one = all.sliced(0, step, step + 1);
  return f32(one.reshaped(Shape(one.shape().begin() + 1, one.shape().end())));
}

// f32 against f64: a few roundings of relative size 6e-8 per step, on values below 4.
constexpr double kTolerance = 4e-6;

void expect_near(const Array& got, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(got.type(), expected.type());
  for (i64 k = 0; k < got.count(); ++k)
    EXPECT_NEAR(got.at(k).as_double(), expected.data().at(k).as_double(), kTolerance) << what << " element " << k;
}

class Sequences : public testing::TestWithParam<bool> {};

TEST_P(Sequences, AreNumPys) {
  const bool compiled = GetParam();
  auto golden = read_npz(TENON_SOURCE_DIR "/src/optim/testdata/sequences.npz");
  for (const Case& c : cases()) {
    Parameter weight("weight", f32(golden["weight"])), bias("bias", f32(golden["bias"]));
    auto optimizer = c.make({weight, bias});
    auto state = optimizer->state();
    state.insert(state.end(), {weight, bias});
    Jit step = jit(
        [=](std::span<const Tensor> gradients) -> std::vector<Tensor> {
          Parameter(weight).set_grad(gradients[0]);
          Parameter(bias).set_grad(gradients[1]);
          optimizer->step();
          return {};
        },
        state);
    for (i64 t = 0; t < golden["rates"].count(); ++t) {
      optimizer->set_learning_rate(golden["rates"].at(t).as_double());
      const std::vector<Tensor> gradients{step_of(golden["weight_gradients"], t), step_of(golden["bias_gradients"], t)};
      if (compiled) {
        step(gradients);
      } else {
        weight.set_grad(gradients[0]);
        bias.set_grad(gradients[1]);
        optimizer->step();
      }
      const std::string what = c.name + " step " + std::to_string(t);
      expect_near(weight.value().data(), step_of(golden[c.name + ".weight"], t), what);
      expect_near(bias.value().data(), step_of(golden[c.name + ".bias"], t), what);
    }
    if (compiled) {
      EXPECT_EQ(step.traces(), 1u) << c.name << ": a new learning rate compiles nothing";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(LazyAndCompiled, Sequences, testing::Bool());

TEST(Optimizer, NamesItsSlotsAfterTheParameters) {
  Parameter weight("layers.0.weight", Tensor::zeros({2, 3}));
  auto names = [](const Optimizer& o) {
    std::vector<std::string> all;
    for (const Parameter& p : o.state()) {
      all.push_back(p.name());
      EXPECT_FALSE(p.trainable()) << p.name();
    }
    return all;
  };
  EXPECT_EQ(names(Sgd({weight}, {{.lr = 1}})), std::vector<std::string>{"optimizer.learning_rate"});
  EXPECT_EQ(names(Sgd({weight}, {{.lr = 1}, 0.9})),
            (std::vector<std::string>{"optimizer.learning_rate", "optimizer.momentum.layers.0.weight"}));
  EXPECT_EQ(names(Adam({weight}, {{.lr = 1}})),
            (std::vector<std::string>{"optimizer.learning_rate", "optimizer.first_moment_weight",
                                      "optimizer.second_moment_weight", "optimizer.first_moment.layers.0.weight",
                                      "optimizer.second_moment.layers.0.weight"}));
}

TEST(Optimizer, DescendsAParabola) {
  // d/dx of x^2 / 2 is x, so x is multiplied by 1 - lr in each step.
  Parameter x("x", Tensor::from({8.f, -4.f}, {2}));
  Sgd sgd({x}, {{.lr = 0.5}});
  for (int k = 0; k < 3; ++k) {
    backward(sum(square(x.value())) / 2, sgd.parameters());
    sgd.step();
  }
  EXPECT_EQ(x.value().to_vector<float>(), (std::vector<float>{1, -0.5}));
}

TEST(Optimizer, SaysWhatIsWrong) {
  Parameter w("layers.0.weight", Tensor::zeros({2}));
  Sgd sgd({w}, {{.lr = 0.1}});
  EXPECT_EQ(error_of([&] { sgd.step(); }),
            "optimizer: parameter layers.0.weight has no gradient; call backward(cost, parameters) before step()");
  EXPECT_NE(error_of([&] { Sgd({}, {{.lr = 0.1}}); }), "");
  EXPECT_NE(error_of([&] { Sgd({w}, {{.lr = -0.1}}); }), "");
  EXPECT_NE(error_of([&] { Sgd({w}, {{.lr = 0.1}, 1.0}); }), "");
  EXPECT_NE(error_of([&] { Sgd({w}, {{.lr = 0.1}, 0, true}); }), "");
  EXPECT_NE(error_of([&] { Adam({w}, {{.lr = 0.1}, 1.0}); }), "");
  EXPECT_NE(error_of([&] { Adam({w}, {{.lr = 0.1}, 0.9, 0.999, 0}); }), "");
  EXPECT_NE(error_of([&] { Sgd({w}, {{.lr = 0.1, .weight_decay = -1}}); }), "");
  EXPECT_NE(error_of([&] { sgd.set_learning_rate(std::nan("")); }), "");
}

TEST(Schedule, FollowsItsFormula) {
  EXPECT_EQ(ConstantSchedule{}(1000), 1);
  const StepSchedule step{.every = 10, .factor = 0.5};
  EXPECT_EQ(step(9), 1);
  EXPECT_EQ(step(10), 0.5);
  EXPECT_EQ(step(35), 0.125);
  const CosineSchedule cosine{.steps = 100, .last = 0.2};
  EXPECT_EQ(cosine(0), 1);
  EXPECT_NEAR(cosine(50), 0.6, 1e-15);  // roundings of one cosine and three operations
  EXPECT_NEAR(cosine(25), 0.6 + 0.4 * std::sqrt(0.5), 1e-15);
  EXPECT_EQ(cosine(100), 0.2);
  EXPECT_EQ(cosine(500), 0.2);
  const WarmupSchedule warm{.steps = 10, .then = StepSchedule{.every = 5}};
  EXPECT_EQ(warm(0), 0.05);
  EXPECT_DOUBLE_EQ(warm(5), 0.525);
  EXPECT_EQ(warm(10), 1);
  EXPECT_DOUBLE_EQ(warm(15), 0.1);
}

TEST(Optimizer, AStepThatFailsChangesNothing) {
  for (const bool at_once : {false, true})
    for (const Case& c : cases()) {
      Parameter a("a", Tensor::ones({2, 1})), b("b", Tensor::ones({2, 1}));
      auto optimizer = c.make({a, b});
      set_immediate(at_once);
      for (Parameter& p : std::vector{a, b}) p.set_grad(Tensor::ones({2, 1}));
      optimizer->step();
      const std::vector<float> before = a.value().to_vector<float>();
      b.set_grad(Tensor::ones({2, 5}));
      EXPECT_NE(error_of([&] { optimizer->step(); }), "") << c.name;
      EXPECT_EQ(a.value().to_vector<float>(), before) << c.name;
      b.set_grad(Tensor::ones({2, 1}));
      optimizer->step();
      EXPECT_EQ(a.value().to_vector<float>(), b.value().to_vector<float>()) << c.name << ": the state was kept too";
      set_immediate(false);
    }
}

}  // namespace
}  // namespace tenon::optim
