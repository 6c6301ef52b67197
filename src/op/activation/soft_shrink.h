#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct SoftShrink : Unary<SoftShrink> {
  static constexpr std::string_view name = "soft_shrink";
  static constexpr std::string_view doc =
      "x - threshold where x > threshold, x + threshold where x < -threshold, 0 between.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the threshold is at least 0 | {threshold=-1} (f32[2,3]))";
  double threshold = 0.5;
  static void fields(auto& self, auto&& f) { f("threshold", self.threshold); }

  Types infer(Operands in) const {
    require(threshold >= 0, "soft_shrink: the threshold is {}, expected at least 0", threshold);
    return Unary<SoftShrink>::infer(in);
  }
  expr::Scalar formula(const expr::Scalar& x) const {
    return expr::where(x > threshold, x - threshold, expr::where(x < -threshold, x + threshold, 0 * x));
  }
  static std::vector<Case<SoftShrink>> samples() {
    return samples_with<SoftShrink>({{.threshold = 1.25}, {.threshold = 0}});
  }
};

}  // namespace tenon
