#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Cos : Unary<Cos> {
  static constexpr std::string_view name = "cos";
  static constexpr std::string_view doc = "The cosine of x in radians.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::cos(x); }
};

}  // namespace tenon
