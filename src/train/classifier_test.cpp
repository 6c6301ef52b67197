#include "train/classifier.h"

#include <gtest/gtest.h>

#include "base/thread_pool.h"
#include "interpret/interpret.h"
#include "nn/sequential.h"
#include "train/test_data.h"

namespace tenon::train {
namespace {

TrainOptions small_options() {
  TrainOptions o;
  o.hidden = {16, 8};
  o.epochs = 4;
  o.batch = 32;
  o.lr = 0.02;
  o.dropout = 0.2;
  o.seed = 5;
  o.quiet = true;
  return o;
}

struct Files {
  Files() { test::write_stripes(folder, 300, 60); }
  std::string data() const { return folder / "."; }
  std::string model(const std::string& name = "m.safetensors") const { return folder / name; }
  TestFolder folder;
};

TEST(Classifier, TrainsSavesAndPredicts) {
  const Files files;
  std::vector<i64> epochs;
  const TrainReport report = train_mlp(files.data(), small_options(), files.model(),
                                       {.epoch = [&](const EpochReport& r) { epochs.push_back(r.epoch); }});
  EXPECT_EQ(epochs, (std::vector<i64>{1, 2, 3, 4}));
  EXPECT_GT(report.test_accuracy, 0.9);
  EXPECT_GT(report.val_accuracy, 0.9);

  const ModelFile model = load_model(files.model());
  EXPECT_EQ(model.input_shape, (Shape{6, 6}));
  EXPECT_EQ(model.labels, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_FALSE(model.module->training());
  EXPECT_EQ(model.training_state["test"]["accuracy"], report.test_accuracy);

  const Evaluation e = evaluate(files.model(), files.data());
  EXPECT_EQ(e.count, 60);
  EXPECT_EQ(e.accuracy, report.test_accuracy);
  EXPECT_EQ(e.cost, report.test_cost);
  EXPECT_EQ(evaluate(files.model(), files.data(), true).count, 300);

  const Array images = test::stripes(60, 2).images, p = predict(files.model(), images);
  ASSERT_EQ(p.type(), Type(DType::F32, {60, 3}));
  for (i64 n = 0; n < 60; ++n) {
    double total = 0, highest = 0;
    for (i64 c = 0; c < 3; ++c)
      total += p.at(3 * n + c).as_double(), highest = std::max(highest, p.at(3 * n + c).as_double());
    EXPECT_NEAR(total, 1, 1e-6);                                            // three f32 values that were rounded
    EXPECT_NEAR(highest, e.confidence[static_cast<std::size_t>(n)], 1e-6);  // batches of another size
  }
  EXPECT_NE(error_of([&] { predict(model, images.reshaped({60, 36})); }), "");
}

TEST(Classifier, ItsGraphIsWhatItComputes) {
  const Files files;
  train_mlp(files.data(), small_options(), files.model());
  const ModelFile model = load_model(files.model());
  const Function f = inference_graph(model, 2);
  std::vector<Array> in{Array(DType::F32, {2, 36})};
  const Array images = test::stripes(2, 9).images;
  normalise(images.values<std::uint8_t>(), model.statistics, in[0].values<float>());
  std::vector<std::string> names;
  for (const Parameter& p : model.module->state()) in.push_back(p.value().data());
  for (const Value& v : f.parameters) names.push_back(v.node()->name());
  EXPECT_EQ(names[0], "images");
  EXPECT_EQ(names[1], "layers.0.weight");
  const Array expected = interpret(f, in)[0], got = predict(model, images);
  // f32 by two orders of summation over 36 products.
  for (i64 k = 0; k < got.count(); ++k) EXPECT_NEAR(got.at(k).as_double(), expected.at(k).as_double(), 1e-5);
}

TEST(Classifier, SummaryOfASavedModel) {
  const Files files;
  TrainOptions o = small_options();
  o.epochs = 1, o.dropout = 0, o.hidden = {};
  train_mlp(files.data(), o, files.model());
  const nn::Summary s = summarize(load_model(files.model()), 10);
  EXPECT_EQ(s.parameters, 36 * 3 + 3);
  EXPECT_EQ(s.training_bytes, 4 * (36 * 3 + 3 + 10 * (36 + 3) + 10 * 3));
}

TEST(Classifier, ResumesWithTheBitsOfAnUninterruptedRun) {
  for (const char* optimizer : {"adam", "momentum"}) {
    const Files files;
    TrainOptions o = small_options();
    o.optimizer = optimizer;
    const TrainReport whole = train_mlp(files.data(), o, files.model("whole"));

    // Stopped in the middle of the third epoch, and once more in the fourth.
    int asked = 0;
    const i64 steps = 8;  // 255 images in batches of 32
    EXPECT_EQ(
        train_mlp(files.data(), o, files.model("parts"), {.stop = [&] { return ++asked > 2 * steps + 3; }}).stopped,
        "interrupted");
    o.resume = true;
    asked = 0;
    EXPECT_EQ(train_mlp(files.data(), o, files.model("parts"), {.stop = [&] { return ++asked > steps + 1; }}).epochs,
              3);
    const TrainReport parts = train_mlp(files.data(), o, files.model("parts"));

    EXPECT_EQ(read_file(files.model("whole")), read_file(files.model("parts"))) << optimizer;
    EXPECT_EQ(parts.val_accuracy, whole.val_accuracy);
    EXPECT_EQ(parts.test_cost, whole.test_cost);
    EXPECT_EQ(parts.best_epoch, whole.best_epoch);

    // Going on with a finished run changes nothing.
    train_mlp(files.data(), o, files.model("parts"));
    EXPECT_EQ(read_file(files.model("whole")), read_file(files.model("parts"))) << optimizer;
  }
}

TEST(Classifier, GivesTheSameBitsWithAnyNumberOfThreads) {
  const Files files;
  TrainOptions o = small_options();
  o.epochs = 2;
  const int before = threads();
  for (int count : {1, 2, 3}) {
    o.threads = count;
    train_mlp(files.data(), o, files.model(std::to_string(count)));
  }
  set_threads(before);
  EXPECT_EQ(read_file(files.model("1")), read_file(files.model("2")));
  EXPECT_EQ(read_file(files.model("1")), read_file(files.model("3")));
  o.seed = 6;
  train_mlp(files.data(), o, files.model("other"));
  EXPECT_NE(read_file(files.model("1")), read_file(files.model("other")));
}

TEST(Classifier, GoesOnWithTheSameOptionsOnly) {
  const Files files;
  TrainOptions o = small_options();
  o.epochs = 1;
  train_mlp(files.data(), o, files.model());
  o.resume = true;
  o.batch = 16;
  EXPECT_EQ(error_of([&] { train_mlp(files.data(), o, files.model()); }),
            files.model() + ": cannot go on with other options: batch was 32 and is 16");
  EXPECT_NE(error_of([&] { train_mlp(files.data(), o, files.model("missing")); }), "");
  ModelFile bare = load_model(files.model());
  bare.training.clear();
  bare.training_state = nullptr;
  save_model(files.model("bare"), bare);
  EXPECT_EQ(error_of([&] { train_mlp(files.data(), o, files.model("bare")); }),
            files.model("bare") + ": cannot go on: the file holds no state of a training");
}

TEST(Classifier, GoesOnWithTheSameDataOnly) {
  const Files files, others;
  TrainOptions o = small_options();
  o.epochs = 1;
  train_mlp(files.data(), o, files.model());
  o.resume = true;
  train_mlp(files.data(), o, files.model());
  std::string images = read_file(others.data() + "/train-images-idx3-ubyte");
  images.back() = static_cast<char>(images.back() ^ 1);
  write_file_atomically(others.data() + "/train-images-idx3-ubyte", images);
  EXPECT_TRUE(error_of([&] {
                train_mlp(others.data(), o, files.model());
              }).starts_with(files.model() + ": cannot go on with other data"));
}

TEST(Classifier, LeavesThePreviousFileWhereTrainingFails) {
  const Files files;
  TrainOptions o = small_options();
  o.epochs = 1;
  train_mlp(files.data(), o, files.model());
  const std::string before = read_file(files.model());
  o.optimizer = "sgd", o.lr = 1e38, o.warmup = 0;
  EXPECT_TRUE(
      error_of([&] { train_mlp(files.data(), o, files.model()); }).starts_with("training stopped: the cost of step "));
  EXPECT_EQ(read_file(files.model()), before);
}

TEST(Classifier, NoticesBeforeTrainingThatTheFileCannotBeWritten) {
  const Files files;
  i64 epochs = 0;
  const std::string out = files.model("no/such/folder.safetensors");
  EXPECT_NE(error_of([&] {
              train_mlp(files.data(), small_options(), out, {.epoch = [&](const EpochReport&) { ++epochs; }});
            }).find(out),
            std::string::npos);
  EXPECT_EQ(epochs, 0);
}

TEST(Classifier, RemarksThatLittleIsLeftToTrainOn) {
  const Files files;
  const auto remarks_at = [&](double share) {
    TrainOptions o = small_options();
    o.validation = share;
    std::string said;
    train_mlp(files.data(), o, files.model(), {.remark = [&](const std::string& text) { said = text; }});
    return said;
  };
  EXPECT_EQ(remarks_at(0.4), "");
  EXPECT_EQ(remarks_at(0.9), "validation holds out 270 of 300 images, which leaves 30 to train on");
}

TEST(Classifier, OtherOptimizersAndOptions) {
  const Files files;
  for (const std::string& optimizer : optimizer_names()) {
    TrainOptions o = small_options();
    o.optimizer = optimizer, o.lr = 0, o.weight_decay = 1e-3, o.clip_norm = 1, o.label_smoothing = 0.1;
    o.schedule = optimizer == "sgd" ? "step" : "constant";
    o.warmup = 0;
    EXPECT_GT(train_mlp(files.data(), o, files.model()).val_accuracy, 0.6) << optimizer;
  }
}

TEST(Classifier, SaysWhatIsWrong) {
  const Files files;
  auto error = [&](auto change) {
    TrainOptions o = small_options();
    change(o);
    return error_of([&] { train_mlp(files.data(), o, files.model()); });
  };
  EXPECT_EQ(error([](auto& o) { o.optimizer = "adm"; }),
            "the optimizer \"adm\" is unknown; did you mean adam?; known are sgd, momentum, nesterov, adam, adamw");
  EXPECT_EQ(error([](auto& o) { o.epochs = 0; }), "the number of epochs is 0, expected 1 to 1048576");
  EXPECT_EQ(error([](auto& o) { o.lr = -1; }), "the learning rate is -1, expected a number of at least 0");
  for (const std::string& message :
       {error([](auto& o) { o.schedule = "x"; }), error([](auto& o) { o.hidden = {0}; }),
        error([](auto& o) { o.batch = 0; }), error([](auto& o) { o.dropout = 1; }),
        error([](auto& o) { o.warmup = 1; }), error([](auto& o) { o.validation = 1; }),
        error([](auto& o) { o.patience = -1; }), error([](auto& o) { o.weight_decay = std::nan(""); }),
        error([](auto& o) { o.validate_every = 0; })})
    EXPECT_NE(message, "");
  EXPECT_FALSE(std::filesystem::exists(files.model()));

  TrainOptions o = small_options();
  o.epochs = 1;
  train_mlp(files.data(), o, files.model());
  const ModelFile model = load_model(files.model());
  Array wide(DType::U8, {4, 6, 7});
  EXPECT_EQ(error_of([&] { predict(model, wide); }),
            "predict: the images are u8[4,6,7], expected u8 [N] and the model's input [6,6]");
}

}  // namespace
}  // namespace tenon::train
