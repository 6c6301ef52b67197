// One step of recurrent networks (without biases: leave them out), and networks over sequences.
#pragma once
#include <optional>

#include "op/handle.h"
#include "op/recurrent/gru.h"
#include "op/recurrent/gru_cell.h"
#include "op/recurrent/lstm.h"
#include "op/recurrent/lstm_cell.h"
#include "op/recurrent/rnn.h"
#include "op/recurrent/rnn_cell.h"

namespace tenon {

/// The next state. activation: "tanh" or "relu".
template <Handle V>
V rnn_cell(const V& x, const V& h, const V& wx, const V& wh, std::string activation = "tanh") {
  return detail::apply_to<V>(RnnCell{std::move(activation)}, {x, h, wx, wh});
}
template <Handle V>
V rnn_cell(const V& x, const V& h, const V& wx, const V& wh, const V& bx, const V& bh,
           std::string activation = "tanh") {
  return detail::apply_to<V>(RnnCell{std::move(activation)}, {x, h, wx, wh, bx, bh});
}
/// The next h and c.
template <Handle V>
std::vector<V> lstm_cell(const V& x, const V& h, const V& c, const V& wx, const V& wh) {
  return detail::outputs_of<V>(LstmCell{}, {x, h, c, wx, wh});
}
template <Handle V>
std::vector<V> lstm_cell(const V& x, const V& h, const V& c, const V& wx, const V& wh, const V& bx, const V& bh) {
  return detail::outputs_of<V>(LstmCell{}, {x, h, c, wx, wh, bx, bh});
}
/// The next state.
template <Handle V>
V gru_cell(const V& x, const V& h, const V& wx, const V& wh, bool linear_before_reset = true) {
  return detail::apply_to<V>(GruCell{linear_before_reset}, {x, h, wx, wh});
}
template <Handle V>
V gru_cell(const V& x, const V& h, const V& wx, const V& wh, const V& bx, const V& bh,
           bool linear_before_reset = true) {
  return detail::apply_to<V>(GruCell{linear_before_reset}, {x, h, wx, wh, bx, bh});
}

/// Operands of rnn, lstm and gru, as their operators describe them. c and peepholes are of lstm alone.
template <Handle V>
struct RecurrentInputs {
  V x, w, r;
  std::optional<V> bias, lengths, h, c, peepholes;
};

namespace detail {

template <Handle V, class T>
std::vector<V> recurrent(const RecurrentInputs<V>& in, T op) {
  std::vector<V> operands{in.x, in.w, in.r};
  for (const std::optional<V>* v : {&in.bias, &in.lengths, &in.h, &in.c, &in.peepholes})
    if (*v) operands.push_back(**v);
  op.has_bias = in.bias.has_value();
  op.has_lengths = in.lengths.has_value();
  op.has_states = in.h.has_value();
  if constexpr (requires { op.has_peepholes; }) op.has_peepholes = in.peepholes.has_value();
  return outputs_of<V>(std::move(op), operands);
}

}  // namespace detail

/// y and the last h. The attributes that say which operands there are follow from `in`.
template <Handle V>
std::vector<V> rnn(const RecurrentInputs<V>& in, Rnn options = {}) {
  return detail::recurrent(in, std::move(options));
}
/// y and the last h and c.
template <Handle V>
std::vector<V> lstm(const RecurrentInputs<V>& in, Lstm options = {}) {
  return detail::recurrent(in, std::move(options));
}
/// y and the last h.
template <Handle V>
std::vector<V> gru(const RecurrentInputs<V>& in, Gru options = {}) {
  return detail::recurrent(in, std::move(options));
}

}  // namespace tenon
