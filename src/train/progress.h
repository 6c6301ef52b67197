// The line that shows how training goes.
#pragma once
#include <chrono>
#include <string>

#include "train/report.h"

namespace tenon::train {

/// Writes on standard error: a bar that moves where that is a terminal, else a line per epoch; nothing where `quiet`.
class Progress {
 public:
  Progress(bool quiet, i64 first_epoch, i64 epochs, i64 samples_per_epoch);
  /// After each step: how many samples of this epoch are done, and their mean cost.
  void step(i64 epoch, i64 samples, double cost);
  void epoch(const EpochReport& report);

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_, terminal_;
  i64 first_epoch_, epochs_, samples_per_epoch_;
  double val_accuracy_ = -1;
  Clock::time_point start_, shown_;
};

/// "epoch 3/10  cost 0.3123  val cost 0.3301  val accuracy 88.12 %  88000 samples/s  0.61 s  best"
std::string to_string(const EpochReport& report);
/// "0:07", "1:02:33"
std::string clock_text(double seconds);

}  // namespace tenon::train
