// Costs.
#include "onnx/converters.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// -weight[label] log_probability[label] along dimension 1; labels to ignore cost nothing and weigh nothing.
Value negative_log_likelihood(const NodeView& n, const Value& log_probability, const Value& labels,
                              const std::optional<Value>& weight) {
  const std::string reduction = n.text("reduction", "mean");
  require(reduction == "none" || reduction == "sum" || reduction == "mean",
          "attribute reduction is '{}', and must be none, sum or mean", reduction);
  const Value ids = cast(labels, DType::I64);
  std::optional<Value> counts;
  Value inside = ids;
  if (n.has_attribute("ignore_index")) {
    counts = not_equal(ids, lift(static_cast<double>(n.integer("ignore_index")), ids));
    inside = where(*counts, ids, lift(0, ids));
  }
  const Value picked = squeeze(take_along_axis(log_probability, expand_dims(inside, {1}), 1), {1});
  std::optional<Value> weights;
  if (weight) weights = gather(*weight, inside, 0);
  if (counts) {
    const Value ones = cast(*counts, picked.dtype());
    weights = weights ? *weights * ones : ones;
  }
  const Value cost =
      neg(weights ? where(equal(*weights, lift(0, *weights)), lift(0, picked), picked * *weights) : picked);
  if (reduction == "none") return cost;
  if (reduction == "sum") return sum(cost);
  return weights ? sum(cost) / sum(*weights) : mean(cost);
}

Results nll_loss(const NodeView& n) {
  return {negative_log_likelihood(n, n.in(0), n.in(1), n.has(2) ? std::optional(n.in(2)) : std::nullopt)};
}

Results softmax_cross_entropy(const NodeView& n) {
  const Value log_probability = log_softmax(n.in(0), 1);
  return {negative_log_likelihood(n, log_probability, n.in(1), n.has(2) ? std::optional(n.in(2)) : std::nullopt),
          log_probability};
}

constexpr Entry kOperators[] = {{"NegativeLogLikelihoodLoss", nll_loss},
                                {"SoftmaxCrossEntropyLoss", softmax_cross_entropy}};

}  // namespace

std::span<const Entry> losses() { return kOperators; }

}  // namespace tenon::onnx
