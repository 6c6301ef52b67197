#pragma once
#include "op/quant/quantization.h"

namespace tenon {

struct DequantizeLinear {
  static constexpr std::string_view name = "dequantize_linear";
  static constexpr std::string_view doc =
      "(x - zero_point) scale, of the scale's element type. Scale and zero point, which has x's type, have one "
      "element, or "
      "one for each position along the axis. dequantize_linear(x, scale) or dequantize_linear(x, scale, zero_point)";
  static constexpr std::string_view constraints = R"(
    there are x, scale and perhaps a zero point | (u8[2,3])
    x is an integer of at most 16 bits, i32 or a float of 8 bits | (i64[2,3], f32[])
    the scale is a float | (u8[2,3], i32[])
    it is one number, or one for each position along the axis | (u8[2,3], f32[2])
    so is the zero point | (u8[2,3], f32[], u8[2])
    which has the element type of x | (u8[2,3], f32[], i8[]))";
  static constexpr Traits traits{.elementwise = true};
  i64 axis = 1;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<DequantizeLinear>> samples();
};

}  // namespace tenon
