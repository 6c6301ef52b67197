#include "train/evaluation.h"

#include <algorithm>

#include "loss/cross_entropy.h"
#include "op/functions.h"

namespace tenon::train {

std::vector<std::vector<i64>> confusion_matrix(const std::vector<i64>& truth, const std::vector<i64>& predicted,
                                               i64 classes) {
  expect(truth.size() == predicted.size(), "a prediction for each sample");
  const auto size = static_cast<std::size_t>(classes);
  std::vector<std::vector<i64>> matrix(size, std::vector<i64>(size));
  for (std::size_t k = 0; k < truth.size(); ++k)
    ++matrix.at(static_cast<std::size_t>(truth[k])).at(static_cast<std::size_t>(predicted[k]));
  return matrix;
}

Evaluator::Evaluator(nn::ModulePtr model)
    : model_(std::move(model)),
      forward_(
          [module = model_](std::span<const Tensor> batch) -> std::vector<Tensor> {
            const Tensor logits = (*module)(batch[0]);
            return {loss::CrossEntropy{}(logits, batch[1]), arg_max(logits, 1), max(softmax(logits, 1), {1})};
          },
          model_->state(), "evaluate") {}

Evaluation Evaluator::run(const Loader& samples, const std::vector<std::string>& labels) {
  model_->eval();
  Evaluation e;
  e.labels = labels;
  double total = 0;
  Epoch epoch = samples.epoch(0);
  while (auto batch = epoch.next()) {
    const std::vector<Tensor> results = forward_({Tensor(batch->images), Tensor(batch->labels)});
    total += results[0].item() * static_cast<double>(batch->size());
    const std::vector<i64> predicted = results[1].to_vector<i64>();
    const std::vector<float> confidence = results[2].to_vector<float>();
    const auto truth = batch->labels.values<i64>();
    e.truth.insert(e.truth.end(), truth.begin(), truth.end());
    e.predicted.insert(e.predicted.end(), predicted.begin(), predicted.end());
    e.confidence.insert(e.confidence.end(), confidence.begin(), confidence.end());
  }
  e.count = static_cast<i64>(e.truth.size());
  e.cost = total / static_cast<double>(e.count);
  e.confusion = confusion_matrix(e.truth, e.predicted, static_cast<i64>(labels.size()));
  i64 right = 0;
  for (std::size_t k = 0; k < labels.size(); ++k) right += e.confusion[k][k];
  e.accuracy = static_cast<double>(right) / static_cast<double>(e.count);
  return e;
}

i64 evaluation_batch(i64 count) {
  constexpr i64 kLeast = 100, kMost = 1000;
  for (i64 size = kMost; size >= kLeast; --size)
    if (count % size == 0) return size;
  return std::min(count, kMost);
}

}  // namespace tenon::train
