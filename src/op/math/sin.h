#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Sin : Unary<Sin> {
  static constexpr std::string_view name = "sin";
  static constexpr std::string_view doc = "The sine of x in radians.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::sin(x); }
};

}  // namespace tenon
