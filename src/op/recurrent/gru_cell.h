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
  static constexpr std::string_view constraints = R"(
    there are x, the states, two weights, and two biases or none | (f32[2,3])
    they are floats | (i32[2,3], f32[2,4], f32[12,3], f32[12,4])
    of one element type | (f32[2,3], f32[2,4], f32[12,3], f64[12,4])
    x is [n, i] | (f32[3], f32[2,4], f32[12,3], f32[12,4])
    the state is [n, s] | (f32[2,3], f32[3,4], f32[12,3], f32[12,4])
    the weight of x is [3 s, i] | (f32[2,3], f32[2,4], f32[12,2], f32[12,4])
    that of the state is [3 s, s] | (f32[2,3], f32[2,4], f32[12,3], f32[12,3])
    each bias has a number for each row | (f32[2,3], f32[2,4], f32[12,3], f32[12,4], f32[3], f32[3]))";
  static constexpr Traits traits{};
  bool linear_before_reset = true;
  static void fields(auto& self, auto&& f) { f("linear_before_reset", self.linear_before_reset); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<GruCell>> samples();
};

}  // namespace tenon
