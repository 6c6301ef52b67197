// One step of each recurrent network, for the cells and for whole sequences.
#pragma once
#include "op/functions.h"

namespace tenon {

/// An activation by its name in "tanh", "leaky_relu(0.1)" or "scaled_tanh(0.5,0.7)".
struct Activation {
  std::string name;
  std::vector<double> numbers;  ///< those left out have their defaults
};
/// `count` activations from a list with commas; throws Error that begins with `op`.
std::vector<Activation> activations_of(std::string_view op, std::string_view list, std::size_t count);

template <Handle V>
V activated(const Activation& a, const V& x) {
  const auto number = [&](std::size_t k) { return a.numbers[k]; };
  if (a.name == "sigmoid") return sigmoid(x);
  if (a.name == "tanh") return tanh(x);
  if (a.name == "relu") return relu(x);
  if (a.name == "soft_sign") return soft_sign(x);
  if (a.name == "softplus") return softplus(x);
  if (a.name == "elu") return elu(x, number(0));
  if (a.name == "leaky_relu") return leaky_relu(x, number(0));
  if (a.name == "thresholded_relu") return thresholded_relu(x, number(0));
  if (a.name == "hard_sigmoid") return hard_sigmoid(x, number(0), number(1));
  if (a.name == "affine") return x * number(0) + number(1);
  expect(a.name == "scaled_tanh", "activations_of knows the names");
  return tanh(x * number(1)) * number(0);
}

/// What is applied to sums: a clip to [-clip, clip] unless that is 0, then an activation.
struct StepRule {
  std::vector<Activation> activations;
  double clip = 0;
  template <Handle V>
  V operator()(std::size_t which, const V& x) const {
    return activated(activations[which], clip > 0 ? tenon::clip(x, -clip, clip) : x);
  }
};

/// The next h and c from the sums of the gates i, f, g, o; the last may depend on the new c, which is never clipped.
/// Without `forget`, f is 1 - i.
template <Handle V, class Output>
std::vector<V> lstm_step(const V& input, const V* forget, const V& candidate, Output&& output, const V& c,
                         const StepRule& rule) {
  const V i = rule(0, input), f = forget ? rule(0, *forget) : 1 - i;
  const V next = f * c + i * rule(1, candidate);
  return {rule(0, output(next)) * activated(rule.activations[2], next), next};
}

/// The next h from the sums of the gates r and z, and candidate(r), the sum of the new values.
template <Handle V, class Candidate>
V gru_step(const V& reset, const V& update, Candidate&& candidate, const V& h, const StepRule& rule) {
  const V r = rule(0, reset), z = rule(0, update), n = rule(1, candidate(r));
  return n + z * (h - n);
}

}  // namespace tenon
