#include "op/functions.h"
#include "op/recurrent/cell.h"
#include "op/recurrent/gru_cell.h"
#include "op/recurrent/lstm_cell.h"
#include "op/recurrent/rnn_cell.h"
#include "op/recurrent/step.h"

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
  std::vector<Built> gate;
  for (std::size_t g = 0; g < 4; ++g) gate.push_back(k.from_input[g] + k.from_state[g]);
  const StepRule rule{activations_of(name, "sigmoid,tanh,tanh", 3)};
  const auto next = lstm_step(gate[0], &gate[1], gate[2], [&](const Built&) { return gate[3]; }, k.c, rule);
  return {cast(next[0], in[0].dtype()).value, cast(next[1], in[0].dtype()).value};
}
std::vector<Case<LstmCell>> LstmCell::samples() { return cell_samples<LstmCell>({{}}, 2, 4); }

Types GruCell::infer(Operands in) const { return {require_cell(name, in, 1, 3)}; }
Values GruCell::expand(Builder& b, std::span<const Value> in) const {
  const CellOperands k(b, in, 1, 3);
  const auto reset_before = [&](const Built& r) {
    const Built product = linear(r * k.h, k.state_weight[2]);
    return k.state_bias.empty() ? product : product + k.state_bias[2];
  };
  const auto candidate = [&](const Built& r) {
    return k.from_input[2] + (linear_before_reset ? r * k.from_state[2] : reset_before(r));
  };
  const StepRule rule{activations_of(name, "sigmoid,tanh", 2)};
  const Built next =
      gru_step(k.from_input[0] + k.from_state[0], k.from_input[1] + k.from_state[1], candidate, k.h, rule);
  return {cast(next, in[0].dtype()).value};
}
std::vector<Case<GruCell>> GruCell::samples() {
  return cell_samples<GruCell>({{.linear_before_reset = true}, {.linear_before_reset = false}}, 1, 3);
}

}  // namespace tenon
