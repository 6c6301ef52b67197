#include "op/special/k_winners_take_all.h"

#include "op/special/functions.h"

namespace tenon {

Types KWinnersTakeAll::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require_axis(name, x, axis);
  const Dim length = x.shape[static_cast<std::size_t>(normal_axis(axis, x.rank()))];
  require(k >= 0 && !certainly_less(length, k),
          "k_winners_take_all: k is {}, expected 0 to {}, the elements of axis {} of {}", k, length, axis, x);
  require(x.dtype != DType::Bool, "k_winners_take_all: takes floats and integers, given {}; cast it first", x);
  return {x};
}

Values KWinnersTakeAll::expand(Builder& b, std::span<const Value> in) const {
  const Built x{&b, in[0]};
  const auto winners = top_k(x, k, axis, true, false);
  const Dim length = x.shape()[static_cast<std::size_t>(normal_axis(axis, x.rank()))];
  return {scatter_along_axis(winners.values, winners.positions, length, axis).value};
}

}  // namespace tenon
