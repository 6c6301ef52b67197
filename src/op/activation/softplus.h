#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Softplus : Unary<Softplus> {
  static constexpr std::string_view name = "softplus";
  static constexpr std::string_view doc = "log(1 + exp(beta x)) / beta, a smooth relu, without overflow.";
  double beta = 1;
  static void fields(auto& self, auto&& f) { f("beta", self.beta); }

  expr::Scalar formula(const expr::Scalar& x) const {
    const expr::Scalar scaled = beta * x;
    return expr::where(scaled > 0, scaled + expr::log1p(expr::exp(-scaled)), expr::log1p(expr::exp(scaled))) / beta;
  }
  static std::vector<Case<Softplus>> samples() { return samples_with<Softplus>({{.beta = 2.5}}); }
};

}  // namespace tenon
