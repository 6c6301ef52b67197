#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Lerp {
  static constexpr std::string_view name = "lerp";
  static constexpr std::string_view doc =
      "a + weight (b - a), broadcasting, or b - (1 - weight) (b - a) where the weight is at least 1/2, so that it is "
      "exact "
      "at both ends. lerp(a, b, weight)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[2], f32[2])
    all have one element type | (f32[2], f32[2], f64[2])
    they are floats | (i32[2], i32[2], i32[2])
    the shapes broadcast | (f32[2], f32[3], f32[3]))";
  static constexpr Traits traits{.elementwise = true};

  Types infer(Operands in) const {
    require_operands(name, in, 3);
    const DType t = require_same_dtype(name, in);
    require_accepted(name, Accepts::Floats, t);
    return {Type{t, broadcast_operands(name, in)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_elementwise(in, [](auto x) {
      const expr::Scalar step = x[1] - x[0];
      return expr::where(x[2] < 0.5, x[0] + x[2] * step, x[1] - (1 - x[2]) * step);
    });
  }
  static std::vector<Case<Lerp>> samples() {
    const SampleRange ranges[3]{{}, {}, {.low = -0.5, .high = 1.5}};
    return cases_of(Lerp{}, elementwise_inputs(Accepts::Floats, ranges));
  }
};

}  // namespace tenon
