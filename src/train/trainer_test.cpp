#include "train/trainer.h"

#include <gtest/gtest.h>

#include "loss/cross_entropy.h"
#include "nn/init.h"
#include "nn/layers.h"
#include "op/functions.h"
#include "optim/adam.h"
#include "optim/sgd.h"
#include "train/test_data.h"

namespace tenon::train {
namespace {

constexpr i64 kPixels = test::kSide * test::kSide;

struct Session {
  explicit Session(nn::ModulePtr m, double lr, TrainerOptions options = {}) : model(std::move(m)) {
    options.lr = lr;
    options.quiet = true;
    const Dataset data = test::stripes(120, 1);
    const Split parts = split(data.size(), 1, 0.25);
    const Statistics statistics = statistics_of(data, parts.train);
    optimizer = std::make_shared<optim::Sgd>(model->parameters(), optim::SgdOptions{{.lr = lr}});
    trainer = std::make_unique<Trainer>(model, optimizer, loss::CrossEntropy{},
                                        Loader(data, parts.train, statistics, {.batch = 30}),
                                        Loader(data, parts.validation, statistics, {.batch = 30, .shuffle = false}),
                                        data.label_names, std::move(options));
  }
  nn::ModulePtr model;
  std::shared_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<Trainer> trainer;
};

nn::ModulePtr small_mlp() {
  const nn::InitScope scope(1);
  return std::make_shared<nn::Sequential>(nn::mlp(kPixels, {16}, test::kClasses));
}

TEST(Trainer, LearnsAndReports) {
  std::vector<EpochReport> reports;
  Session s(small_mlp(), 0.1, {.epochs = 20, .epoch = [&](const EpochReport& r) { reports.push_back(r); }});
  const TrainReport done = s.trainer->run();
  EXPECT_EQ(done.stopped, "all epochs done");
  EXPECT_EQ(done.epochs, 20);
  EXPECT_EQ(done.parameters, kPixels * 16 + 16 + 16 * 3 + 3);
  ASSERT_EQ(reports.size(), 20u);
  EXPECT_EQ(reports[19].epoch, 20);
  EXPECT_LT(reports[19].cost, reports[0].cost);
  EXPECT_GT(done.val_accuracy, 0.9);
  double best = 0;
  for (const EpochReport& r : reports) {
    EXPECT_TRUE(r.validated);
    EXPECT_EQ(r.learning_rate, 0.1);
    best = std::max(best, r.val_accuracy);
  }
  EXPECT_EQ(done.val_accuracy, best);
}

TEST(Trainer, ValidatesEveryFewEpochsAndAtTheEnd) {
  std::vector<bool> validated;
  Session s(small_mlp(), 0.1, {.epochs = 5, .validate_every = 2, .epoch = [&](const EpochReport& r) {
                                 validated.push_back(r.validated);
                               }});
  s.trainer->run();
  EXPECT_EQ(validated, (std::vector<bool>{false, true, false, true, true}));
}

TEST(Trainer, StopsEarly) {
  Session s(small_mlp(), 0, {.epochs = 50, .patience = 2});  // a rate of 0 improves nothing
  const TrainReport done = s.trainer->run();
  EXPECT_EQ(done.epochs, 3);
  EXPECT_EQ(done.best_epoch, 1);
  EXPECT_EQ(done.stopped, "no improvement in 2 validations");
}

TEST(Trainer, StopsAtACostThatIsLowEnough) {
  Session s(small_mlp(), 0.1, {.epochs = 100, .stop_below = 0.5});
  const TrainReport done = s.trainer->run();
  EXPECT_LT(done.epochs, 100);
  EXPECT_EQ(done.stopped, "cost below 0.5");
}

TEST(Trainer, KeepsTheBestModel) {
  // The rate grows until the model is ruined.
  std::vector<EpochReport> reports;
  Session s(small_mlp(), 0.1,
            {.epochs = 8,
             .schedule = [](i64 step) { return step < 9 ? 1 : 100; },
             .epoch = [&](const EpochReport& r) { reports.push_back(r); }});
  const TrainReport done = s.trainer->run();
  ASSERT_LT(reports.back().val_accuracy, done.val_accuracy);
  EXPECT_LT(done.best_epoch, 8);
  const Dataset data = test::stripes(120, 1);
  const Split parts = split(data.size(), 1, 0.25);
  const Loader validation(data, parts.validation, statistics_of(data, parts.train), {.batch = 30, .shuffle = false});
  EXPECT_EQ(Evaluator(s.model).run(validation, data.label_names).accuracy, done.val_accuracy);
}

TEST(Trainer, StopsBetweenStepsWhenAsked) {
  int asked = 0;
  Session s(small_mlp(), 0.1, {.epochs = 50, .stop = [&] { return ++asked > 8; }});  // three batches per epoch
  const TrainReport done = s.trainer->run();
  EXPECT_EQ(done.stopped, "interrupted");
  EXPECT_EQ(done.epochs, 2);
}

/// exp(1000 x): infinite for x above 0.09.
struct Exploding final : nn::Module {
  Tensor forward(const Tensor& x) const override { return exp(x * 1000); }
  std::string_view type() const override { return "exploding"; }
};

TEST(Trainer, NamesTheLayerThatMadeTheFirstInfinity) {
  const nn::InitScope scope(1);
  Session s(std::make_shared<nn::Sequential>(nn::Linear(kPixels, 8), Exploding(), nn::Linear(8, 3)), 0.1);
  const std::string message = error_of([&] { s.trainer->run(); });
  EXPECT_TRUE(
      message.starts_with("training stopped: the cost of step 0 (epoch 1) is nan: the operator exp of layers.1 "
                          "(exploding) gave inf in f32[30,8]"))
      << message;
}

TEST(Trainer, NamesTheStepThatRuinedTheWeights) {
  Session s(small_mlp(), 1e38);
  const std::string message = error_of([&] { s.trainer->run(); });
  EXPECT_TRUE(message.starts_with("training stopped: the cost of step 1 (epoch 1) is ")) << message;
}

/// sqrt(|x w|) with w = 0: fine forward, 0/0 backward.
struct Kinked final : nn::Module {
  Parameter w = add("w", Tensor::zeros({8}));
  Tensor forward(const Tensor& x) const override { return sqrt(square(x * w.value())); }
  std::string_view type() const override { return "kinked"; }
};

TEST(Diagnose, NamesTheGradientThatMadeTheFirstNan) {
  const nn::InitScope scope(1);
  const nn::Sequential model(nn::Linear(kPixels, 8), Kinked(), nn::Linear(8, 3));
  const Dataset data = test::stripes(4, 1);
  auto batch = Loader(data, all_positions(4), {}, {}).epoch(0).next();
  const std::string found = first_not_finite(model, loss::CrossEntropy{}, *batch);
  EXPECT_NE(found.find(" of the gradient of layers.1.w gave "), std::string::npos) << found;

  const nn::Sequential sane = nn::mlp(kPixels, {4}, 3, 0.5);
  const Array key = sane.state()[2].value().data();
  EXPECT_EQ(first_not_finite(sane, loss::CrossEntropy{}, *batch), "");
  EXPECT_TRUE(identical(sane.state()[2].value().data(), key));

  Array weight = sane.parameters()[0].value().data().clone();
  weight.set(3, Number(std::nan("")));
  sane.parameters()[0].set(Tensor(weight));
  EXPECT_EQ(first_not_finite(sane, loss::CrossEntropy{}, *batch), "layers.0.weight holds a value that is not finite");
  batch->images.set(0, Number(HUGE_VAL));
  EXPECT_EQ(first_not_finite(sane, loss::CrossEntropy{}, *batch), "the images of the batch hold inf");
}

TEST(Evaluation, CountsByClass) {
  using Matrix = std::vector<std::vector<i64>>;
  EXPECT_EQ(confusion_matrix({0, 0, 1, 2, 2, 2}, {0, 1, 1, 2, 2, 0}, 3), (Matrix{{1, 1, 0}, {0, 1, 0}, {1, 0, 2}}));
  EXPECT_EQ(evaluation_batch(10'000), 1000);
  EXPECT_EQ(evaluation_batch(5'400), 900);
  EXPECT_EQ(evaluation_batch(60), 60);
  EXPECT_EQ(evaluation_batch(10'007), 1000);  // a prime
}

TEST(Evaluation, OfAKnownModel) {
  // Logits that do not depend on the image: class 1 always, with probability e^2 / (e^2 + 2).
  const nn::Linear layer(kPixels, 3);
  Parameter(layer.weight()).set(Tensor::zeros({3, kPixels}));
  Parameter(layer.bias()).set(Tensor::from({0.f, 2.f, 0.f}, {3}));
  const Dataset data = test::stripes(50, 4);
  const Evaluation e = Evaluator(std::make_shared<nn::Linear>(layer))
                           .run(Loader(data, all_positions(50), {}, {.batch = 20, .shuffle = false}), data.label_names);
  const std::vector<i64> counts = class_balance(data);
  EXPECT_EQ(e.count, 50);
  EXPECT_EQ(e.accuracy, static_cast<double>(counts[1]) / 50);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(e.confusion[c], (std::vector<i64>{0, counts[c], 0}));
  const double p = std::exp(2.0) / (std::exp(2.0) + 2), q = 1 / (std::exp(2.0) + 2);
  const auto right = static_cast<double>(counts[1]);
  // f32 results of a few roundings each.
  EXPECT_NEAR(e.cost, -(right * std::log(p) + (50 - right) * std::log(q)) / 50, 1e-6);
  for (std::size_t k = 0; k < 50; ++k) {
    EXPECT_EQ(e.truth[k], data.label(static_cast<i64>(k)));
    EXPECT_EQ(e.predicted[k], 1);
    EXPECT_NEAR(e.confidence[k], p, 1e-6);
  }
}

TEST(Report, IsOneLineOfJson) {
  EXPECT_EQ(
      to_json(EpochReport{.epoch = 2, .epochs = 3, .cost = 0.5, .learning_rate = 0.1, .seconds = 2}),
      R"({"event":"epoch","epoch":2,"epochs":3,"cost":0.5,"learning_rate":0.1,"seconds":2.0,"samples_per_second":0.0})");
  EXPECT_EQ(
      to_json(TrainReport{.epochs = 3, .best_epoch = 2, .val_accuracy = 0.5, .test_accuracy = 0.25, .stopped = "x"}),
      R"({"event":"done","epochs":3,"best_epoch":2,"val_accuracy":0.5,"test_accuracy":0.25,"test_cost":0.0,)"
      R"("seconds":0.0,"parameters":0,"stopped":"x"})");
}

}  // namespace
}  // namespace tenon::train
