#pragma once
#include "op/op.h"

namespace tenon {

struct GruCell {
  static constexpr std::string_view name = "gru_cell";
  static constexpr std::string_view doc =
      "One step of a gated recurrent unit (Cho et al. 2014) with the gates r, z, n, in this order, the thirds of "
      "weights "
      "and biases: r and z = sigmoid(x wx^T + bx + h wh^T + bh), n = tanh(x wx^T + bx + r (h wh^T + bh)), or without "
      "linear_before_reset tanh(x wx^T + bx + (r h) wh^T + bh), and the result is (1 - z) n + z h. x [n, i], h [n, s], "
      "wx [3 s, i], wh [3 s, s], biases [3 s]. gru_cell(x, h, wx, wh) or gru_cell(x, h, wx, wh, bx, bh)";
  static constexpr Traits traits{};
  bool linear_before_reset = true;
  static void fields(auto& self, auto&& f) { f("linear_before_reset", self.linear_before_reset); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<GruCell>> samples();
};

}  // namespace tenon
