#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Sign : Unary<Sign> {
  static constexpr std::string_view name = "sign";
  static constexpr std::string_view doc = "-1, 0 or 1 by the sign of x; NaN stays NaN.";
  static constexpr Accepts accepts = Accepts::Numbers;
  static expr::Scalar formula(const expr::Scalar& x) { return expr::sign(x); }
};

}  // namespace tenon
