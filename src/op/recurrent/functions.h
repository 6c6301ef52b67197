// One step of recurrent networks. Without biases: leave them out.
#pragma once
#include "op/handle.h"
#include "op/recurrent/gru_cell.h"
#include "op/recurrent/lstm_cell.h"
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

}  // namespace tenon
