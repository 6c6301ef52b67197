#include "loss/cross_entropy.h"

#include "op/functions.h"

namespace tenon::loss {

namespace {

Tensor weights_tensor(const std::vector<double>& weights, i64 classes, DType dtype) {
  require(static_cast<i64>(weights.size()) == classes, "cross_entropy: there are {} class weights for {} classes",
          weights.size(), classes);
  for (double w : weights) require(w >= 0, "cross_entropy: a class weight is {}, expected at least 0", w);
  return Tensor(Array::from<double>(weights, {classes}).cast(dtype));
}

}  // namespace

Tensor CrossEntropy::operator()(const Tensor& logits, const Tensor& labels) const {
  require(label_smoothing >= 0 && label_smoothing <= 1, "cross_entropy: label smoothing is {}, expected 0 to 1",
          label_smoothing);
  if (label_smoothing == 0 && class_weights.empty()) return cross_entropy(logits, labels);
  require(logits.rank() == 2 && labels.rank() == 1 && logits.dim(0) == labels.dim(0),
          "cross_entropy: logits are {} and labels {}; expected [N, classes] and [N]", logits.type(), labels.type());
  const i64 classes = logits.dim(1);
  const Tensor hot = one_hot(labels, classes, logits.dtype());
  const Tensor target = hot * (1 - label_smoothing) + label_smoothing / static_cast<double>(classes);
  const Tensor costs = -sum(target * log_softmax(logits), {1});
  if (class_weights.empty()) return mean(costs);
  const Tensor weights = sum(hot * weights_tensor(class_weights, classes, logits.dtype()), {1});
  return sum(weights * costs) / sum(weights);
}

}  // namespace tenon::loss
