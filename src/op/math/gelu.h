#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Gelu : Unary<Gelu> {
  static constexpr std::string_view name = "gelu";
  static constexpr std::string_view doc =
      "x times the normal distribution function: x/2 (1 + erf(x/sqrt(2))), or with `approximate` "
      "x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel 2016).";
  bool approximate = false;
  static void fields(auto& self, auto&& f) { f("approximate", self.approximate); }

  expr::Scalar formula(const expr::Scalar& x) const {
    constexpr double kRootHalf = 0.70710678118654752440, kRootTwoOverPi = 0.79788456080286535588;
    if (approximate) return 0.5 * x * (1 + expr::tanh(kRootTwoOverPi * (x + 0.044715 * x * x * x)));
    return 0.5 * x * (1 + expr::erf(kRootHalf * x));
  }
  static std::vector<Case<Gelu>> samples() {
    auto list = cases_of(Gelu{}, elementwise_inputs(accepts, {&range, 1}));
    list.push_back({{.approximate = true}, {{{DType::F32, {4, 3}}}}});
    return list;
  }
};

}  // namespace tenon
