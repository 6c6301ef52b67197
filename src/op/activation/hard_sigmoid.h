#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct HardSigmoid : Unary<HardSigmoid> {
  static constexpr std::string_view name = "hard_sigmoid";
  static constexpr std::string_view doc = "min(max(alpha x + beta, 0), 1). The derivative at the ends is 0.";
  static constexpr SampleRange range{.low = -5, .high = 5};
  double alpha = 1.0 / 6, beta = 0.5;
  static void fields(auto& self, auto&& f) { f("alpha", self.alpha), f("beta", self.beta); }

  expr::Scalar formula(const expr::Scalar& x) const { return expr::min(1, expr::max(0, alpha * x + beta)); }
  static std::vector<Case<HardSigmoid>> samples() { return samples_with<HardSigmoid>({{.alpha = 0.2, .beta = 0.4}}); }
};

}  // namespace tenon
