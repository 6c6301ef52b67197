#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Atan : Unary<Atan> {
  static constexpr std::string_view name = "atan";
  static constexpr std::string_view doc = "The angle in [-pi/2, pi/2] whose tangent is x.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::atan2(x, 1); }
};

}  // namespace tenon
