#pragma once
#include "op/op.h"

namespace tenon {

struct RnnCell {
  static constexpr std::string_view name = "rnn_cell";
  static constexpr std::string_view doc =
      "One step of a recurrent network (Elman 1990): tanh(x wx^T + bx + h wh^T + bh), or relu instead of tanh. x [n, "
      "i], "
      "h [n, s], wx [s, i], wh [s, s], biases [s]. rnn_cell(x, h, wx, wh) or rnn_cell(x, h, wx, wh, bx, bh)";
  static constexpr std::string_view constraints = R"(
    there are x, the states, two weights, and two biases or none | (f32[2,3])
    they are floats | (i32[2,3], f32[2,4], f32[4,3], f32[4,4])
    of one element type | (f32[2,3], f32[2,4], f32[4,3], f64[4,4])
    x is [n, i] | (f32[3], f32[2,4], f32[4,3], f32[4,4])
    the state is [n, s] | (f32[2,3], f32[3,4], f32[4,3], f32[4,4])
    the weight of x is [s, i] | (f32[2,3], f32[2,4], f32[4,2], f32[4,4])
    that of the state is [s, s] | (f32[2,3], f32[2,4], f32[4,3], f32[4,3])
    each bias has a number for each row | (f32[2,3], f32[2,4], f32[4,3], f32[4,4], f32[3], f32[3])
    the activation is "tanh" or "relu" | {activation="sin"} (f32[2,3], f32[2,4], f32[4,3], f32[4,4]))";
  static constexpr Traits traits{};
  std::string activation = "tanh";
  static void fields(auto& self, auto&& f) { f("activation", self.activation); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<RnnCell>> samples();
};

}  // namespace tenon
