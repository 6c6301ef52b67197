#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Erf : Unary<Erf> {
  static constexpr std::string_view name = "erf";
  static constexpr std::string_view doc = "The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::erf(x); }
};

}  // namespace tenon
