#pragma once
#include "op/op.h"

namespace tenon {

struct Prelu {
  static constexpr std::string_view name = "prelu";
  static constexpr std::string_view doc =
      "x where x > 0, else slope * x (He et al. 2015). The slope has one element, or one for each position along the "
      "axis "
      "of channels. prelu(x, slope)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    x is a float | (i32[2,3], i32[3])
    the slope has its element type | (f32[2,3], f64[3])
    the axis is one of x | {axis=2} (f32[2,3], f32[3])
    the slope is one element, or one for each position along the axis | (f32[2,3], f32[2]))";
  static constexpr Traits traits{.elementwise = true};
  i64 axis = 1;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Prelu>> samples();
};

}  // namespace tenon
