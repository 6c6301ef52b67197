#pragma once
#include "op/quant/quantization.h"

namespace tenon {

struct QuantizeLinear {
  static constexpr std::string_view name = "quantize_linear";
  static constexpr std::string_view doc =
      "round(x / scale) + zero_point, halves to even, as integers that saturate; as floats of 8 bits, x / scale + "
      "zero_point, which saturates too. Scale and zero point have one element, or one for each position along the "
      "axis. "
      "The result has the type of the zero point, or `dtype` where there is none. quantize_linear(x, scale) or "
      "quantize_linear(x, scale, zero_point)";
  static constexpr std::string_view constraints = R"(
    there are x, scale and perhaps a zero point | (f32[2,3])
    x is a float | (i32[2,3], i32[])
    the scale has its element type | (f32[2,3], f64[])
    the result is an integer of at most 16 bits, i32 or a float of 8 bits | {dtype=i64} (f32[2,3], f32[])
    the scale is one number, or one for each position along the axis | (f32[2,3], f32[2])
    so is the zero point | (f32[2,3], f32[], u8[2])
    of which x has the axis | {axis=2} (f32[2,3], f32[3]))";
  static constexpr Traits traits{.elementwise = true};
  i64 axis = 1;
  DType dtype = DType::U8;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("dtype", self.dtype); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<QuantizeLinear>> samples();
};

}  // namespace tenon
