// The training loop of a classifier.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "train/checkpoint.h"
#include "train/diagnose.h"
#include "train/evaluation.h"
#include "train/report.h"

namespace tenon::train {

struct TrainerOptions {
  i64 epochs = 10;
  double lr = 1e-3;                                      ///< the highest learning rate
  optim::Schedule schedule = optim::ConstantSchedule{};  ///< by step, counted over all epochs
  i64 validate_every = 1;                                ///< epochs; the last one is always validated
  i64 patience = 0;                                      ///< validations without improvement before it stops; 0: never
  double stop_below = 0;                                 ///< training cost at which it stops; 0: never
  bool quiet = false;
  std::function<void(const EpochReport&)> epoch;  ///< after each epoch, when it has been saved
  std::function<bool()> stop;                     ///< asked before each step; true ends it, without this epoch
  std::function<void()> save;                     ///< after each epoch: store what save_to gives
};

/// Trains a model that gives logits. A step (forward, backward, optimizer) is one compiled program. The best model by
/// validation accuracy (then cost) is kept.
///
/// A run that goes on from a checkpoint (resume) gives the same bits as one that was never interrupted: order of the
/// samples, learning rates and random keys are functions of the seed and of the step.
class Trainer {
 public:
  Trainer(nn::ModulePtr model, std::shared_ptr<optim::Optimizer> optimizer, Cost cost, Loader training,
          Loader validation, std::vector<std::string> labels, TrainerOptions options);

  /// Returns when all epochs are done or a reason to stop is met; the model then has its best values. Throws Error
  /// where the cost is not finite, naming the layer and the operator that made the first such value.
  TrainReport run();

  /// Adds the state of training to a file: values, training, training_state.
  void save_to(ModelFile& file) const;
  /// Takes it back. Throws Error where the file has none or it does not fit; the model's slots must hold the file's.
  void resume(const ModelFile& file, const std::string& path);

 private:
  using Values = std::map<std::string, Array>;
  /// Enough to compute a step again.
  struct Past {
    std::vector<Tensor> slots;
    Batch batch;
  };
  Values current() const;
  std::string reason_to_stop() const;
  bool train_epoch(class Progress& progress, EpochReport& report);
  void validate(EpochReport& report);
  [[noreturn]] void fail_not_finite(i64 step, double cost, const Past& now, const Past& before);

  nn::ModulePtr model_;
  std::shared_ptr<optim::Optimizer> optimizer_;
  Cost cost_;
  Loader training_, validation_;
  std::vector<std::string> labels_;
  TrainerOptions options_;
  Evaluator evaluator_;
  Jit step_;

  // The state of training.
  i64 epoch_ = 0, best_epoch_ = 0, stale_ = 0;
  double last_cost_ = 0, best_accuracy_ = 0, best_cost_ = 0;
  Values best_;
};

}  // namespace tenon::train
