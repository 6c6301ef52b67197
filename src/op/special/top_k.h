#pragma once
#include "op/special/order.h"

namespace tenon {

struct TopK {
  static constexpr std::string_view name = "top_k";
  static constexpr std::string_view doc =
      "The k largest elements along the axis, or the k smallest, and the positions (i64) where they stood: sorted with "
      "the best first, or else in the order of their positions. Of equal elements the first are taken; NaN counts as "
      "the largest. The gradient goes to the positions. top_k(x) gives values, positions.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {k=1, axis=2} (f32[2,3])
    k is from 0 to the elements of the axis | {k=4} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 k = 1, axis = -1;
  bool largest = true, sorted = true;
  static void fields(auto& self, auto&& f) {
    f("k", self.k), f("axis", self.axis), f("largest", self.largest), f("sorted", self.sorted);
  }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const {
    return gradient_at_positions(b, in[0], out[1], grad[0], axis);
  }
  static std::vector<Case<TopK>> samples();
};

}  // namespace tenon
