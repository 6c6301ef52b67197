#pragma once
#include "op/op.h"

namespace tenon {

struct Pad {
  static constexpr std::string_view name = "pad";
  static constexpr std::string_view doc =
      "x with low[d] elements before and high[d] after it in each dimension d; negative numbers crop. The new elements "
      "are, by mode, constant: `value`; edge: the nearest of x; reflect: x mirrored at its first and last element, which "
      "are not repeated; wrap: x from its other end.";
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
