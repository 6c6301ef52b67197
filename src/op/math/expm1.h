#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Expm1 : Unary<Expm1> {
  static constexpr std::string_view name = "expm1";
  static constexpr std::string_view doc = "exp(x) - 1, accurate for small x.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::expm1(x); }
};

}  // namespace tenon
