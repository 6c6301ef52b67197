#pragma once
#include "op/op.h"

namespace tenon {

struct LstmCell {
  static constexpr std::string_view name = "lstm_cell";
  static constexpr std::string_view doc =
      "One step of a long short-term memory (Hochreiter and Schmidhuber 1997): with the gates i, f, g, o, in this "
      "order, "
      "the quarters of x wx^T + bx + h wh^T + bh, c2 = sigmoid(f) c + sigmoid(i) tanh(g) and h2 = sigmoid(o) tanh(c2). "
      "Gives h2, c2. x [n, i], h and c [n, s], wx [4 s, i], wh [4 s, s], biases [4 s]. lstm_cell(x, h, c, wx, wh) or "
      "lstm_cell(x, h, c, wx, wh, bx, bh)";
  static constexpr Traits traits{};

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<LstmCell>> samples();
};

}  // namespace tenon
