// What the recurrent cells share: x [n, i], a state [n, s], weights [gates s, i] and [gates s, s], biases [gates s].
#pragma once
#include "op/norm/normalization.h"

namespace tenon {

/// Checks x, `states` states, both weights and none or both biases; gives the type of a state.
Type require_cell(std::string_view op, Operands in, std::size_t states, i64 gates);

/// x W^T + bias, or without the bias where there are no biases; split into the gates along the last dimension.
struct CellOperands {
  CellOperands(Builder& b, std::span<const Value> in, std::size_t states, i64 gates);
  Built x, h, c;
  std::vector<Built> from_input, from_state;  ///< one per gate
  std::vector<Built> state_weight, state_bias;
};

/// Operands of the types of a cell.
std::vector<SampleInput> cell_sample(DType t, i64 n, i64 inputs, i64 size, std::size_t states, i64 gates, bool biases);

}  // namespace tenon
