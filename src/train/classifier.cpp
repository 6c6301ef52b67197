#include "train/classifier.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>

#include "base/file.h"
#include "base/suggest.h"
#include "base/thread_pool.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "eager/jit.h"
#include "eager/trace.h"
#include "loss/cross_entropy.h"
#include "nn/init.h"
#include "nn/sequential.h"
#include "op/functions.h"
#include "optim/adam.h"
#include "optim/sgd.h"
#include "train/trainer.h"

namespace tenon::train {

namespace {

using nlohmann::json;

struct OptimizerKind {
  std::string name;
  double default_lr;
};
const std::vector<OptimizerKind>& optimizer_kinds() {
  static const std::vector<OptimizerKind> kinds{
      {"sgd", 0.3}, {"momentum", 0.03}, {"nesterov", 0.05}, {"adam", 2e-3}, {"adamw", 2e-3}};
  return kinds;
}

void require_known(const std::string& option, const std::string& given, const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  require(std::ranges::find(names, given) != names.end(), "the {} \"{}\" is unknown{}; known are {}", option, given,
          suggestion(given, known), listed(names));
}

void require_share(const std::string& option, double value) {
  require(value >= 0 && value < 1, "{} is {}, expected 0 <= {} < 1", option, value, option);
}

void check(const TrainOptions& o) {
  static constexpr i64 kMost = i64(1) << 20;
  auto count = [](const char* option, i64 value, i64 low) {
    require(value >= low && value <= kMost, "{} is {}, expected {} to {}", option, value, low, kMost);
  };
  auto amount = [](const char* option, double value) {
    require(std::isfinite(value) && value >= 0, "{} is {}, expected a number of at least 0", option, value);
  };
  for (i64 units : o.hidden) count("the number of hidden units", units, 1);
  count("the number of epochs", o.epochs, 1);
  count("the batch size", o.batch, 1);
  count("the number of epochs between validations", o.validate_every, 1);
  count("the patience", o.patience, 0);
  require_known("optimizer", o.optimizer, optimizer_names());
  require_known("schedule", o.schedule, schedule_names());
  amount("the learning rate", o.lr);
  amount("the weight decay", o.weight_decay);
  amount("the clipping norm", o.clip_norm);
  amount("the cost to stop below", o.stop_below);
  require_share("the warm-up", o.warmup);
  require_share("the momentum", o.momentum);
  require_share("the dropout rate", o.dropout);
  require_share("the label smoothing", o.label_smoothing);
  require_share("the share held out for validation", o.validation);
}

double learning_rate(const TrainOptions& o) {
  if (o.lr > 0) return o.lr;
  return std::ranges::find(optimizer_kinds(), o.optimizer, &OptimizerKind::name)->default_lr;
}

std::shared_ptr<optim::Optimizer> make_optimizer(const TrainOptions& o, std::vector<Parameter> parameters) {
  const optim::OptimizerOptions common{
      .lr = learning_rate(o), .weight_decay = o.weight_decay, .clip_norm = o.clip_norm};
  if (o.optimizer == "adam" || o.optimizer == "adamw") {
    optim::AdamOptions options{common};
    options.decoupled = o.optimizer == "adamw";
    return std::make_shared<optim::Adam>(std::move(parameters), options);
  }
  optim::SgdOptions options{common};
  options.momentum = o.optimizer == "sgd" ? 0 : o.momentum;
  options.nesterov = o.optimizer == "nesterov";
  return std::make_shared<optim::Sgd>(std::move(parameters), options);
}

optim::Schedule make_schedule(const TrainOptions& o, i64 steps) {
  const auto warm = static_cast<i64>(o.warmup * static_cast<double>(steps));
  optim::Schedule then = optim::ConstantSchedule{};
  if (o.schedule == "cosine") then = optim::CosineSchedule{.steps = steps - warm};
  if (o.schedule == "step") then = optim::StepSchedule{.every = (steps - warm + 2) / 3};
  if (warm == 0) return then;
  return optim::WarmupSchedule{.steps = warm, .then = then};
}

/// What decides the result: two runs with the same record give the same bits.
json recorded(const TrainOptions& o, const Dataset& data) {
  return {{"images", data.size()},      {"hidden", o.hidden},
          {"epochs", o.epochs},         {"batch", o.batch},
          {"optimizer", o.optimizer},   {"lr", learning_rate(o)},
          {"schedule", o.schedule},     {"warmup", o.warmup},
          {"momentum", o.momentum},     {"weight_decay", o.weight_decay},
          {"clip_norm", o.clip_norm},   {"dropout", o.dropout},
          {"validation", o.validation}, {"label_smoothing", o.label_smoothing},
          {"patience", o.patience},     {"validate_every", o.validate_every},
          {"stop_below", o.stop_below}, {"seed", o.seed}};
}

void require_same_options(const json& now, const ModelFile& file, const std::string& path) {
  const json before = file.training_state.is_object() ? file.training_state.value("options", json()) : json();
  require(before.is_object(), "{}: cannot go on: the file holds no state of a training", path);
  for (const auto& [name, value] : now.items()) {
    const json was = before.value(name, json());
    require(was == value, "{}: cannot go on with other options: {} was {} and is {}", path, name, was.dump(),
            value.dump());
  }
}

/// Fingerprints as text: numbers of 64 bits do not survive every reader of JSON.
json identity(const Dataset& data) { return fmt::format("{:016x}", fingerprint(data)); }

void require_same_data(const Dataset& data, const ModelFile& file, const std::string& path, const std::string& folder) {
  require(file.training_state.value("data", json()) == identity(data),
          "{}: cannot go on with other data: the training files in {} are not those that the training began with", path,
          folder);
}

double validation_share(const TrainOptions& o, i64 count) {
  if (o.validation > 0) return o.validation;
  return count <= 20'000 ? 0.15 : count <= 500'000 ? 0.1 : 0.04;
}

void require_fits(const ModelFile& model, const Dataset& data, const std::string& where) {
  require(Shape{data.height(), data.width()} == model.input_shape, "{}: images are {}x{}, the model takes {}", where,
          data.height(), data.width(), model.input_shape);
  require(data.classes() <= static_cast<i64>(model.labels.size()), "{}: there are {} classes, the model knows {}",
          where, data.classes(), model.labels.size());
}

Loader loader(const Dataset& data, const Statistics& statistics, Positions samples) {
  const i64 batch = evaluation_batch(static_cast<i64>(samples.size()));
  return Loader(data, std::move(samples), statistics, {.batch = batch, .shuffle = false});
}

Evaluation evaluate_on(const ModelFile& model, const Dataset& data, const std::string& where) {
  require_fits(model, data, where);
  return Evaluator(model.module).run(loader(data, model.statistics, all_positions(data.size())), model.labels);
}

ModelFile new_model(const TrainOptions& o, const Dataset& data, const Positions& samples) {
  const nn::InitScope scope(o.seed);
  const i64 pixels = data.height() * data.width();
  return {.module = std::make_shared<nn::Sequential>(nn::mlp(pixels, o.hidden, data.classes(), o.dropout)),
          .input_shape = {data.height(), data.width()},
          .statistics = statistics_of(data, samples),
          .labels = data.label_names,
          .training_state = json::object()};
}

}  // namespace

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const OptimizerKind& kind : optimizer_kinds()) names.push_back(kind.name);
  return names;
}

std::vector<std::string> schedule_names() { return {"constant", "step", "cosine"}; }

TrainReport train_mlp(const std::string& data_dir, const TrainOptions& options, const std::string& out,
                      const TrainCallbacks& callbacks) {
  check(options);
  require_writable(out);  // before an epoch's work is lost
  if (options.threads > 0) set_threads(options.threads);
  const Dataset data = load_idx_folder(data_dir, Part::Train);
  const json record = recorded(options, data);
  const Split parts = split(data.size(), options.seed, validation_share(options, data.size()));

  if (callbacks.remark && parts.train.size() < parts.validation.size())
    callbacks.remark(fmt::format("validation holds out {} of {} images, which leaves {} to train on",
                                 parts.validation.size(), data.size(), parts.train.size()));

  ModelFile file = options.resume ? load_model(out) : new_model(options, data, parts.train);
  if (options.resume) {
    require_same_options(record, file, out);
    require_same_data(data, file, out, data_dir);
    require_fits(file, data, data_dir);
  }
  file.training_state["options"] = record;
  file.training_state["data"] = identity(data);
  // Read before training, so that a fault in it costs no training run; used once, at the end.
  const Dataset test_data = load_idx_folder(data_dir, Part::Test);
  require_fits(file, test_data, data_dir);

  const Loader training(data, parts.train, file.statistics, {.batch = options.batch, .seed = options.seed});
  auto optimizer = make_optimizer(options, file.module->parameters());
  const loss::CrossEntropy cost{.label_smoothing = options.label_smoothing};
  TrainerOptions loop{.epochs = options.epochs,
                      .lr = learning_rate(options),
                      .schedule = make_schedule(options, options.epochs * training.batches()),
                      .validate_every = options.validate_every,
                      .patience = options.patience,
                      .stop_below = options.stop_below,
                      .quiet = options.quiet,
                      .epoch = callbacks.epoch,
                      .stop = callbacks.stop};
  Trainer* self = nullptr;
  loop.save = [&] {
    self->save_to(file);
    save_model(out, file);
  };
  Trainer trainer(file.module, optimizer, cost, training, loader(data, file.statistics, parts.validation), file.labels,
                  std::move(loop));
  self = &trainer;
  if (options.resume) trainer.resume(file, out);

  TrainReport report = trainer.run();
  if (report.stopped == "interrupted") return report;
  const Evaluation test = evaluate_on(file, test_data, data_dir);
  report.test_accuracy = test.accuracy;
  report.test_cost = test.cost;
  file.training_state["test"] = {{"images", test.count}, {"accuracy", test.accuracy}, {"cost", test.cost}};
  save_model(out, file);
  return report;
}

Evaluation evaluate(const ModelFile& model, const std::string& data_dir, bool training_files) {
  return evaluate_on(model, load_idx_folder(data_dir, training_files ? Part::Train : Part::Test), data_dir);
}
Evaluation evaluate(const std::string& model_path, const std::string& data_dir, bool training_files) {
  return evaluate(load_model(model_path), data_dir, training_files);
}

Array predict(const ModelFile& model, const Array& images) {
  const Shape& shape = images.shape();
  require(images.dtype() == DType::U8 && images.rank() >= 1 && images.dim(0) >= 1 &&
              Shape(shape.begin() + 1, shape.end()) == model.input_shape,
          "predict: the images are {}, expected u8 [N] and the model's input {}", images.type(), model.input_shape);
  Array inputs(DType::F32, {images.dim(0), element_count(model.input_shape)});
  const Array dense = images.to_contiguous();
  normalise(dense.values<std::uint8_t>(), model.statistics, inputs.values<float>());
  model.module->eval();
  auto forward =
      jit([&](std::span<const Tensor> x) -> std::vector<Tensor> { return {softmax((*model.module)(x[0]), 1)}; },
          model.module->state(), "predict");
  return forward({Tensor(inputs)})[0].data();
}
Array predict(const std::string& model_path, const Array& images) { return predict(load_model(model_path), images); }

nn::Summary summarize(const ModelFile& model, i64 batch) {
  require(batch >= 1, "summary: the batch size is {}, expected at least 1", batch);
  return nn::summarize(*model.module, {DType::F32, {batch, element_count(model.input_shape)}});
}

Function inference_graph(const ModelFile& model, Dim batch) {
  require(!batch.is_constant() || batch >= Dim(1), "graph: the batch size is {}, expected at least 1", batch);
  const Tracing tracing;
  model.module->eval();
  Function f{
      "predict", {Value(Node::parameter({DType::F32, {batch, element_count(model.input_shape)}}, "images"), 0)}, {}};
  std::vector<Value> named = f.parameters;
  for (const Parameter& p : model.module->state()) {
    f.parameters.push_back(p.value().value());
    named.emplace_back(Node::parameter(p.type(), p.name()), 0);
  }
  f.results = {softmax((*model.module)(Tensor(f.parameters[0])), 1).value()};
  return {f.name, named, inline_call(f, named)};
}

}  // namespace tenon::train
