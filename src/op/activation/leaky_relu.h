#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LeakyRelu : Unary<LeakyRelu> {
  static constexpr std::string_view name = "leaky_relu";
  static constexpr std::string_view doc = "x where x > 0, else slope * x (Maas et al. 2013).";
  double slope = 0.01;
  static void fields(auto& self, auto&& f) { f("slope", self.slope); }

  expr::Scalar formula(const expr::Scalar& x) const { return expr::where(x > 0, x, slope * x); }
  static std::vector<Case<LeakyRelu>> samples() { return samples_with<LeakyRelu>({{.slope = 0.25}}); }
};

}  // namespace tenon
