// What training tells: after each epoch, and at the end.
#pragma once
#include <string>

#include "tensor/dtype.h"

namespace tenon::train {

struct EpochReport {
  i64 epoch = 0, epochs = 0;  ///< 1-based; of how many
  double cost = 0;            ///< mean over the training samples of this epoch
  bool validated = false;     ///< the next three are known
  double val_cost = 0;
  double val_accuracy = 0;        ///< 0 to 1
  bool best = false;              ///< the best so far, by val_accuracy
  double learning_rate = 0;       ///< of the last step
  double seconds = 0;             ///< training and validation of this epoch
  double samples_per_second = 0;  ///< of training alone
};
/// One line: {"event":"epoch","epoch":1,…}
std::string to_json(const EpochReport& report);

struct TrainReport {
  i64 epochs = 0;  ///< done, including those before a resume
  i64 best_epoch = 0;
  double val_accuracy = 0;  ///< of the best epoch
  double test_accuracy = 0, test_cost = 0;
  double seconds = 0;  ///< of this call
  i64 parameters = 0;
  std::string stopped;  ///< why it ended: "all epochs done", "no improvement in 3 validations", …
};
/// One line: {"event":"done","epochs":…,"val_accuracy":…,"test_accuracy":…,"seconds":…}
std::string to_json(const TrainReport& report);

}  // namespace tenon::train
