#pragma once
#include "op/quant/quantization.h"

namespace tenon {

struct FakeQuantize {
  static constexpr std::string_view name = "fake_quantize";
  static constexpr std::string_view doc =
      "x as it is after quantisation and back: (q - zero_point) scale, where q = round(x / scale) + zero_point, halves "
      "to "
      "even, cut off at `low` and `high`. Scale and zero point (integers) have one element, or one for each position "
      "along "
      "the axis. The gradient passes to x as it is where q is not cut off, and to nothing else (Bengio et al. 2013). "
      "fake_quantize(x, scale, zero_point)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[2,3], f32[])
    x is a float | (i32[2,3], i32[], i32[])
    the scale has its element type | (f32[2,3], f64[], i32[])
    the zero point is an integer | (f32[2,3], f32[], f32[])
    the scale is one number, or one for each position along the axis | (f32[2,3], f32[2], i32[])
    so is the zero point | (f32[2,3], f32[], i32[2])
    low is not above high, and both are within 2^24 of 0 | {axis=1, low=5, high=3} (f32[2,3], f32[], i32[]))";
  static constexpr Traits traits{.elementwise = true};
  i64 axis = 1, low = 0, high = 255;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("low", self.low), f("high", self.high); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<FakeQuantize>> samples();
};

}  // namespace tenon
