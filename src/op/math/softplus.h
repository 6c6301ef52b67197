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
  static std::vector<Case<Softplus>> samples() {
    auto list = cases_of(Softplus{}, elementwise_inputs(accepts, {&range, 1}));
    list.push_back({{.beta = 2.5}, {{{DType::F32, {4, 3}}}}});
    return list;
  }
};

}  // namespace tenon
