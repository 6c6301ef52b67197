#include "train/trainer.h"

#include <chrono>
#include <cmath>

#include "eager/grad.h"
#include "train/progress.h"

namespace tenon::train {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<Parameter> together(std::vector<Parameter> a, const std::vector<Parameter>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Reads the numbers of training_state.
class State {
 public:
  State(const nlohmann::json& state, const std::string& path) : json_(state), path_(path) {}
  i64 integer(const char* name) const {
    const auto& v = field(name);
    require(v.is_number_integer() && v >= 0 && v <= i64(1) << 40, "{}: the training state's \"{}\" is no count", path_,
            name);
    return v.get<i64>();
  }
  double number(const char* name) const {
    const auto& v = field(name);
    require(v.is_number(), "{}: the training state's \"{}\" is no number", path_, name);
    return v.get<double>();
  }

 private:
  const nlohmann::json& field(const char* name) const {
    auto found = json_.find(name);
    require(found != json_.end(), "{}: the training state has no \"{}\"", path_, name);
    return *found;
  }
  const nlohmann::json& json_;
  const std::string& path_;
};

void set_slot(Parameter slot, const std::map<std::string, Array>& from, const std::string& name,
              const std::string& path) {
  auto found = from.find(name);
  require(found != from.end(), "{}: the tensor {} of the training state is missing; were the options the same?", path,
          name);
  require(found->second.type() == slot.type(), "{}: the tensor {} is {}, expected {}; were the options the same?", path,
          name, found->second.type(), slot.type());
  slot.set(Tensor(found->second));
}

}  // namespace

Trainer::Trainer(nn::ModulePtr model, std::shared_ptr<optim::Optimizer> optimizer, Cost cost, Loader training,
                 Loader validation, std::vector<std::string> labels, TrainerOptions options)
    : model_(std::move(model)),
      optimizer_(std::move(optimizer)),
      cost_(std::move(cost)),
      training_(std::move(training)),
      validation_(std::move(validation)),
      labels_(std::move(labels)),
      options_(std::move(options)),
      evaluator_(model_),
      step_(
          [m = model_, o = optimizer_, c = cost_](std::span<const Tensor> batch) -> std::vector<Tensor> {
            Tensor cost_now = c((*m)(batch[0]), batch[1]);
            backward(cost_now, o->parameters());
            o->step();
            return {cost_now};
          },
          together(model_->state(), optimizer_->state()), "training step") {
  require(options_.epochs >= 1, "training: the number of epochs is {}, expected at least 1", options_.epochs);
  require(options_.validate_every >= 1, "training: validations are {} epochs apart, expected at least 1",
          options_.validate_every);
}

TrainReport Trainer::run() {
  const auto start = Clock::now();
  Progress progress(options_.quiet, epoch_ + 1, options_.epochs, training_.samples());
  TrainReport report;
  while ((report.stopped = reason_to_stop()).empty()) {
    EpochReport now{.epoch = epoch_ + 1, .epochs = options_.epochs};
    const auto begin = Clock::now();
    if (!train_epoch(progress, now)) {
      report.stopped = "interrupted";
      break;
    }
    ++epoch_;
    last_cost_ = now.cost;
    if (epoch_ % options_.validate_every == 0 || epoch_ == options_.epochs || last_cost_ < options_.stop_below)
      validate(now);
    now.seconds = seconds_since(begin);
    if (options_.save) options_.save();
    progress.epoch(now);
    if (options_.epoch) options_.epoch(now);
  }
  for (Parameter p : model_->state())
    if (auto best = best_.find(p.name()); best != best_.end()) p.set(Tensor(best->second));
  report.epochs = epoch_;
  report.best_epoch = best_epoch_;
  report.val_accuracy = best_accuracy_;
  report.parameters = nn::element_count(model_->parameters());
  report.seconds = seconds_since(start);
  return report;
}

std::string Trainer::reason_to_stop() const {
  if (epoch_ >= options_.epochs) return "all epochs done";
  if (options_.patience > 0 && stale_ >= options_.patience)
    return fmt::format("no improvement in {} validation{}", stale_, stale_ == 1 ? "" : "s");
  if (epoch_ > 0 && last_cost_ < options_.stop_below) return fmt::format("cost below {}", options_.stop_below);
  return {};
}

bool Trainer::train_epoch(Progress& progress, EpochReport& report) {
  const auto start = Clock::now();
  const std::vector<Parameter> slots = model_->state();
  model_->train();
  double total = 0;
  i64 samples = 0, step = epoch_ * training_.batches();
  Past now, before;
  Epoch batches = training_.epoch(epoch_);
  while (auto batch = batches.next()) {
    if (options_.stop && options_.stop()) return false;
    report.learning_rate = options_.lr * options_.schedule(step);
    optimizer_->set_learning_rate(report.learning_rate);
    before = std::move(now);
    now = {{}, std::move(*batch)};
    for (const Parameter& p : slots) now.slots.push_back(p.value());
    const double cost = step_({Tensor(now.batch.images), Tensor(now.batch.labels)})[0].item();
    if (!std::isfinite(cost)) fail_not_finite(step, cost, now, before);
    total += cost * static_cast<double>(now.batch.size());
    samples += now.batch.size();
    ++step;
    progress.step(report.epoch, samples, total / static_cast<double>(samples));
  }
  report.cost = total / static_cast<double>(samples);
  report.samples_per_second = static_cast<double>(samples) / seconds_since(start);
  return true;
}

void Trainer::validate(EpochReport& report) {
  const Evaluation e = evaluator_.run(validation_, labels_);
  report.validated = true;
  report.val_accuracy = e.accuracy;
  report.val_cost = e.cost;
  report.best =
      best_epoch_ == 0 || e.accuracy > best_accuracy_ || (e.accuracy == best_accuracy_ && e.cost < best_cost_);
  if (!report.best) {
    ++stale_;
    return;
  }
  stale_ = 0;
  best_epoch_ = epoch_;
  best_accuracy_ = e.accuracy;
  best_cost_ = e.cost;
  best_ = current();
}

Trainer::Values Trainer::current() const {
  Values values;
  for (const Parameter& p : model_->state()) values[p.name()] = p.value().data();
  return values;
}

void Trainer::fail_not_finite(i64 step, double cost, const Past& now, const Past& before) {
  auto explain = [&](const Past& past) {
    std::vector<Parameter> slots = model_->state();
    for (std::size_t k = 0; k < slots.size(); ++k) slots[k].set(past.slots[k]);
    return first_not_finite(*model_, cost_, past.batch);
  };
  std::string why = explain(now);
  if (const std::string slot = slot_not_finite(*model_); !slot.empty() && !before.slots.empty()) {
    const std::string gradient = explain(before);
    why = fmt::format("the step before left a value that is not finite in {}", slot) +
          (gradient.empty() ? ", though its gradients are finite: the learning rate is too high"
                            : "; in that step " + gradient);
  }
  if (why.empty()) why = "the same step without the compiler gives finite numbers throughout";
  fail(
      "training stopped: the cost of step {} (epoch {}) is {}: {}. Try a lower learning rate or clipping, or look at "
      "the data",
      step, epoch_ + 1, std::isnan(cost) ? "nan" : fmt::format("{}", cost), why);
}

void Trainer::save_to(ModelFile& file) const {
  file.module = model_;
  file.values = best_.empty() ? current() : best_;
  file.training.clear();
  for (const Parameter& p : optimizer_->state()) file.training[p.name()] = p.value().data();
  if (best_epoch_ != epoch_)
    for (auto& [name, value] : current()) file.training["last." + name] = value;
  file.training_state.update({{"epoch", epoch_},
                              {"best_epoch", best_epoch_},
                              {"stale", stale_},
                              {"cost", last_cost_},
                              {"best_accuracy", best_accuracy_},
                              {"best_cost", best_cost_}});
}

void Trainer::resume(const ModelFile& file, const std::string& path) {
  require(file.training_state.is_object(), "{}: has no training state to go on from", path);
  const State state(file.training_state, path);
  epoch_ = state.integer("epoch");
  best_epoch_ = state.integer("best_epoch");
  stale_ = state.integer("stale");
  last_cost_ = state.number("cost");
  best_accuracy_ = state.number("best_accuracy");
  best_cost_ = state.number("best_cost");
  require(best_epoch_ <= epoch_ && stale_ <= epoch_, "{}: the counts of the training state contradict each other",
          path);
  best_ = best_epoch_ > 0 ? current() : Values();
  std::size_t expected = optimizer_->state().size();
  for (const Parameter& p : optimizer_->state()) set_slot(p, file.training, p.name(), path);
  if (best_epoch_ != epoch_) {
    for (const Parameter& p : model_->state()) set_slot(p, file.training, "last." + p.name(), path);
    expected += model_->state().size();
  }
  require(file.training.size() == expected,
          "{}: the training state has {} tensors, expected {}; were the options the same?", path, file.training.size(),
          expected);
}

}  // namespace tenon::train
