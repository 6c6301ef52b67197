// How good a classifier is.
#pragma once
#include <string>
#include <vector>

#include "data/loader.h"
#include "eager/jit.h"
#include "nn/module.h"

namespace tenon::train {

/// What a model does with samples whose labels are known.
struct Evaluation {
  i64 count = 0;
  double accuracy = 0;                      ///< 0 to 1
  double cost = 0;                          ///< mean cross-entropy, nats
  std::vector<std::vector<i64>> confusion;  ///< [true class][predicted class]
  std::vector<std::string> labels;          ///< names of the classes
  std::vector<i64> truth, predicted;        ///< class of each sample, in the order of the loader
  std::vector<float> confidence;            ///< probability of the predicted class
};

/// How many samples of each class (row) were taken for each class (column). Classes are below `classes`.
std::vector<std::vector<i64>> confusion_matrix(const std::vector<i64>& truth, const std::vector<i64>& predicted,
                                               i64 classes);

/// Runs a model that gives logits f[N, classes] in a compiled forward pass.
class Evaluator {
 public:
  explicit Evaluator(nn::ModulePtr model);
  /// In evaluation mode, which the model keeps. One name per class in `labels`.
  Evaluation run(const Loader& samples, const std::vector<std::string>& labels);

 private:
  nn::ModulePtr model_;
  Jit forward_;
};

/// A batch size that divides `count` where one between 100 and 1000 does, so that one compiled program serves.
i64 evaluation_batch(i64 count);

}  // namespace tenon::train
