#pragma once
#include <vector>

#include "eager/tensor.h"

namespace tenon::loss {

/// The mean cost of classifying N samples, in nats: logits f[N,M], labels integers[N] below M.
///
/// The target of a sample is 1 - e + e/M for its class and e/M for the others, e being `label_smoothing` (Szegedy et
/// al., "Rethinking the Inception Architecture", 2016); its cost is -sum over m of target[m] log_softmax(logits)[m].
/// With class weights w the mean is the sum of w[label] cost over the sum of w[label].
struct CrossEntropy {
  double label_smoothing = 0;         ///< 0 to 1
  std::vector<double> class_weights;  ///< one per class, or none

  /// A scalar. Throws Error where the shapes or the options do not fit.
  Tensor operator()(const Tensor& logits, const Tensor& labels) const;
};

}  // namespace tenon::loss
