#include "op/functions.h"
#include "op/recurrent/cell.h"
#include "op/recurrent/gru_cell.h"
#include "op/recurrent/lstm_cell.h"
#include "op/recurrent/rnn_cell.h"

namespace tenon {
namespace {

template <class T>
std::vector<Case<T>> cell_samples(const std::vector<T>& variants, std::size_t states, i64 gates) {
  std::vector<Case<T>> list;
  for (const T& op : variants) {
    list.push_back({op, cell_sample(DType::F32, 2, 3, 2, states, gates, true)});
    list.push_back({op, cell_sample(DType::F64, 1, 2, 3, states, gates, false)});
  }
  list.push_back({variants[0], cell_sample(DType::F32, 0, 3, 2, states, gates, true)});
  for (DType t : {DType::F16, DType::BF16}) list.push_back({variants[0], cell_sample(t, 2, 3, 2, states, gates, true)});
  return list;
}

}  // namespace

Types RnnCell::infer(Operands in) const {
  require(activation == "tanh" || activation == "relu", "rnn_cell: the activation is \"{}\", expected tanh or relu",
          activation);
  return {require_cell(name, in, 1, 1)};
}
Values RnnCell::expand(Builder& b, std::span<const Value> in) const {
  const CellOperands o(b, in, 1, 1);
  const Built sum = o.from_input[0] + o.from_state[0];
  return {cast(activation == "relu" ? relu(sum) : tanh(sum), in[0].dtype()).value};
}
std::vector<Case<RnnCell>> RnnCell::samples() {
  return cell_samples<RnnCell>({{.activation = "tanh"}, {.activation = "relu"}}, 1, 1);
}

Types LstmCell::infer(Operands in) const {
  const Type state = require_cell(name, in, 2, 4);
  return {state, state};
}
Values LstmCell::expand(Builder& b, std::span<const Value> in) const {
  const CellOperands k(b, in, 2, 4);
  const auto gate = [&](std::size_t g) { return k.from_input[g] + k.from_state[g]; };
  const Built c = sigmoid(gate(1)) * k.c + sigmoid(gate(0)) * tanh(gate(2));
  const Built h = sigmoid(gate(3)) * tanh(c);
  return {cast(h, in[0].dtype()).value, cast(c, in[0].dtype()).value};
}
std::vector<Case<LstmCell>> LstmCell::samples() { return cell_samples<LstmCell>({{}}, 2, 4); }

Types GruCell::infer(Operands in) const { return {require_cell(name, in, 1, 3)}; }
Values GruCell::expand(Builder& b, std::span<const Value> in) const {
  const CellOperands k(b, in, 1, 3);
  const Built r = sigmoid(k.from_input[0] + k.from_state[0]), z = sigmoid(k.from_input[1] + k.from_state[1]);
  const auto reset_before = [&] {
    const Built product = linear(r * k.h, k.state_weight[2]);
    return k.state_bias.empty() ? product : product + k.state_bias[2];
  };
  const Built n = tanh(k.from_input[2] + (linear_before_reset ? r * k.from_state[2] : reset_before()));
  return {cast(n + z * (k.h - n), in[0].dtype()).value};
}
std::vector<Case<GruCell>> GruCell::samples() {
  return cell_samples<GruCell>({{.linear_before_reset = true}, {.linear_before_reset = false}}, 1, 3);
}

}  // namespace tenon
