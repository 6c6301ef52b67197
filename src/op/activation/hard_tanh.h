#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct HardTanh : Unary<HardTanh> {
  static constexpr std::string_view name = "hard_tanh";
  static constexpr std::string_view doc = "min(max(x, min), max). The derivative at the ends is 0.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    min is not above max | {min=1, max=0} (f32[2,3]))";
  double min = -1, max = 1;
  static void fields(auto& self, auto&& f) { f("min", self.min), f("max", self.max); }

  Types infer(Operands in) const {
    require(min <= max, "hard_tanh: min is {} and max {}; expected min <= max", min, max);
    return Unary<HardTanh>::infer(in);
  }
  expr::Scalar formula(const expr::Scalar& x) const { return expr::min(max, expr::max(min, x)); }
  static std::vector<Case<HardTanh>> samples() { return samples_with<HardTanh>({{.min = -0.5, .max = 1.5}}); }
};

}  // namespace tenon
