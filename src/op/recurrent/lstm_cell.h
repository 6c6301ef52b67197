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
  static constexpr std::string_view constraints = R"(
    there are x, the states, two weights, and two biases or none | (f32[2,3])
    they are floats | (i32[2,3], f32[2,4], f32[2,4], f32[16,3], f32[16,4])
    of one element type | (f32[2,3], f32[2,4], f32[2,4], f32[16,3], f64[16,4])
    x is [n, i] | (f32[3], f32[2,4], f32[2,4], f32[16,3], f32[16,4])
    the state is [n, s] | (f32[2,3], f32[3,4], f32[3,4], f32[16,3], f32[16,4])
    the weight of x is [4 s, i] | (f32[2,3], f32[2,4], f32[2,4], f32[16,2], f32[16,4])
    that of the state is [4 s, s] | (f32[2,3], f32[2,4], f32[2,4], f32[16,3], f32[16,3])
    each bias has a number for each row | (f32[2,3], f32[2,4], f32[2,4], f32[16,3], f32[16,4], f32[3], f32[3])
    both states have one type | (f32[2,3], f32[2,4], f32[2,3], f32[16,3], f32[16,4]))";
  static constexpr Traits traits{};

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<LstmCell>> samples();
};

}  // namespace tenon
