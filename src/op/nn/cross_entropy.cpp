#include "op/nn/cross_entropy.h"

#include "op/index/functions.h"
#include "op/nn/functions.h"
#include "op/reduce/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types CrossEntropy::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &logits = in[0].type, &labels = in[1].type;
  require_float(name, logits);
  require_ids(name, labels);
  require(logits.rank() == 2 && labels.shape == Shape{logits.shape[0]},
          "cross_entropy: the logits are {} and the labels {}; expected [N, classes] and [N]", logits, labels);
  require(logits.shape[0] > 0 && logits.shape[1] > 0, "cross_entropy: the logits are {}: there is nothing to average",
          logits);
  return {Type{logits.dtype, {}}};
}

Values CrossEntropy::expand(Builder& b, std::span<const Value> in) const {
  const Built logits{&b, in[0]}, labels{&b, in[1]};
  const Built chosen = take_along_axis(log_softmax(logits), expand_dims(labels, {1}), 1);
  return {(-mean(chosen)).value};
}

// (softmax(logits) - one_hot(labels)) / N, with the softmax from the log-softmax that the value needs anyway.
Values CrossEntropy::vjp(Builder& b, std::span<const Value> in, std::span<const Value>,
                         std::span<const Value> grad) const {
  const Built logits{&b, in[0]}, labels{&b, in[1]}, g{&b, grad[0]};
  const Built truth = one_hot(labels, logits.shape()[1], logits.dtype());
  const Built scale = g / static_cast<double>(logits.shape()[0]);
  return {((exp(log_softmax(logits)) - truth) * scale).value, Value()};
}

}  // namespace tenon
