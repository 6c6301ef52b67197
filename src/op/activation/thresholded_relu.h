#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct ThresholdedRelu : Unary<ThresholdedRelu> {
  static constexpr std::string_view name = "thresholded_relu";
  static constexpr std::string_view doc = "x where x > alpha, else 0 (Konda et al. 2014).";
  double alpha = 1;
  static void fields(auto& self, auto&& f) { f("alpha", self.alpha); }

  expr::Scalar formula(const expr::Scalar& x) const { return expr::where(x <= alpha, 0, x); }
  static std::vector<Case<ThresholdedRelu>> samples() { return samples_with<ThresholdedRelu>({{.alpha = -0.5}}); }
};

}  // namespace tenon
