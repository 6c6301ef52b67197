#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Selu : Unary<Selu> {
  static constexpr std::string_view name = "selu";
  static constexpr std::string_view doc =
      "gamma x where x > 0, else gamma alpha (exp(x) - 1), which keeps mean 0 and variance 1 (Klambauer et al. 2017).";
  double alpha = 1.6732632423543772848, gamma = 1.0507009873554804934;
  static void fields(auto& self, auto&& f) { f("alpha", self.alpha), f("gamma", self.gamma); }

  expr::Scalar formula(const expr::Scalar& x) const { return gamma * expr::where(x > 0, x, alpha * expr::expm1(x)); }
  static std::vector<Case<Selu>> samples() { return samples_with<Selu>({{.alpha = 1, .gamma = 2}}); }
};

}  // namespace tenon
