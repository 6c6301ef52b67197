// What recurrent networks over whole sequences share: a scan of one step per direction.
#pragma once
#include <functional>

#include "op/op.h"

namespace tenon {

/// Attributes that rnn, lstm and gru have in common.
struct Recurrence {
  std::string direction = "forward";  ///< or "reverse", "bidirectional"
  bool batch_first = false;
  bool has_bias = false, has_lengths = false, has_states = false;  ///< which optional operands are given
  std::string activations;
  double clip = 0;
  static void fields(auto& self, auto&& f) {
    f("direction", self.direction), f("batch_first", self.batch_first), f("has_bias", self.has_bias);
    f("has_lengths", self.has_lengths), f("has_states", self.has_states), f("activations", self.activations);
    f("clip", self.clip);
  }
  std::size_t directions() const { return direction == "bidirectional" ? 2 : 1; }
};

struct RecurrentKind {
  std::string_view op, gates;  ///< "lstm", "ifgo"
  std::size_t states = 1;
  std::string_view activations;   ///< the default ones of one direction, "sigmoid,tanh,tanh"
  bool has_peepholes = false;     ///< an operand of 3 s numbers per direction is given
  bool keeps_state_bias = false;  ///< the bias of the state belongs inside of the step
};

/// Operands of one step: x w^T with the biases [n, gates s], the states [n, s], and constants, undefined where not
/// given.
struct StepOperands {
  Value x, h, c, r, state_bias, peepholes;
};
/// The next states in direction `d`.
using RecurrentStep = std::function<std::vector<Value>(const StepOperands&, std::size_t d)>;

/// The types of Y and of the last states.
Types infer_recurrence(const Recurrence& r, const RecurrentKind& kind, Operands in);
Values expand_recurrence(const Recurrence& r, const RecurrentKind& kind, Builder& b, std::span<const Value> in,
                         const RecurrentStep& step);

/// The position of every gate of `standard` in `given`, which must be a permutation of it.
std::vector<std::size_t> gate_order(std::string_view op, std::string_view given, std::string_view standard);

std::vector<SampleInput> recurrent_sample(const Recurrence& r, const RecurrentKind& kind, DType t, i64 steps, i64 batch,
                                          i64 inputs, i64 size);

}  // namespace tenon
