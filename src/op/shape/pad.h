#pragma once
#include "op/op.h"

namespace tenon {

struct Pad {
  static constexpr std::string_view name = "pad";
  static constexpr std::string_view doc =
      "x with low[d] elements before and high[d] after it in each dimension d; negative numbers crop. The new elements "
      "are, by mode, constant: `value`; edge: the nearest of x; reflect: x mirrored at its first and last element, "
      "which "
      "are not repeated; wrap: x from its other end.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    there are two numbers for each dimension | {low=[1], high=[1,1]} (f32[2,3])
    the mode is "constant", "edge", "reflect" or "wrap" | {low=[1], high=[1], value=0, mode="mirror"} (f32[2])
    no more is cropped than there is | {low=[-2], high=[-1]} (f32[2])
    "edge", "reflect" and "wrap" find the elements that they repeat | {low=[2], high=[0], value=0, mode="reflect"} (f32[2]))";
  static constexpr Traits traits{.index_map = true};
  Ints low, high;
  double value = 0;
  std::string mode = "constant";
  static void fields(auto& self, auto&& f) {
    f("low", self.low), f("high", self.high), f("value", self.value), f("mode", self.mode);
  }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Pad>> samples();
};

}  // namespace tenon
