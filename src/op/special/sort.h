#pragma once
#include "op/special/order.h"

namespace tenon {

struct Sort {
  static constexpr std::string_view name = "sort";
  static constexpr std::string_view doc =
      "The elements along the axis by rising value, or falling if descending, and the positions (i64) where they "
      "stood. Equal elements keep their order; NaN counts as the largest. The gradient goes to the positions. sort(x) "
      "gives values, positions.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {axis=2} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  bool descending = false;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("descending", self.descending); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const {
    return gradient_at_positions(b, in[0], out[1], grad[0], axis);
  }
  static std::vector<Case<Sort>> samples();
};

}  // namespace tenon
