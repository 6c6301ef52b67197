#pragma once
#include "op/op.h"

namespace tenon {

struct RnnCell {
  static constexpr std::string_view name = "rnn_cell";
  static constexpr std::string_view doc =
      "One step of a recurrent network (Elman 1990): tanh(x wx^T + bx + h wh^T + bh), or relu instead of tanh. x [n, "
      "i], "
      "h [n, s], wx [s, i], wh [s, s], biases [s]. rnn_cell(x, h, wx, wh) or rnn_cell(x, h, wx, wh, bx, bh)";
  static constexpr Traits traits{};
  std::string activation = "tanh";
  static void fields(auto& self, auto&& f) { f("activation", self.activation); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<RnnCell>> samples();
};

}  // namespace tenon
