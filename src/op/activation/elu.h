#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Elu : Unary<Elu> {
  static constexpr std::string_view name = "elu";
  static constexpr std::string_view doc = "x where x > 0, else alpha (exp(x) - 1) (Clevert et al. 2015).";
  double alpha = 1;
  static void fields(auto& self, auto&& f) { f("alpha", self.alpha); }

  expr::Scalar formula(const expr::Scalar& x) const { return expr::where(x > 0, x, alpha * expr::expm1(x)); }
  static std::vector<Case<Elu>> samples() { return samples_with<Elu>({{.alpha = 0.3}}); }
};

}  // namespace tenon
