#include "train/report.h"

#include <nlohmann/json.hpp>

namespace tenon::train {

std::string to_json(const EpochReport& r) {
  nlohmann::ordered_json line{{"event", "epoch"}, {"epoch", r.epoch}, {"epochs", r.epochs}, {"cost", r.cost}};
  if (r.validated) line.update({{"val_cost", r.val_cost}, {"val_accuracy", r.val_accuracy}, {"best", r.best}});
  line.update(
      {{"learning_rate", r.learning_rate}, {"seconds", r.seconds}, {"samples_per_second", r.samples_per_second}});
  return line.dump();
}

std::string to_json(const TrainReport& r) {
  return nlohmann::ordered_json{{"event", "done"},
                                {"epochs", r.epochs},
                                {"best_epoch", r.best_epoch},
                                {"val_accuracy", r.val_accuracy},
                                {"test_accuracy", r.test_accuracy},
                                {"test_cost", r.test_cost},
                                {"seconds", r.seconds},
                                {"parameters", r.parameters},
                                {"stopped", r.stopped}}
      .dump();
}

}  // namespace tenon::train
