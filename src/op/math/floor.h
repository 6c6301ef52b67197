#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Floor : Unary<Floor> {
  static constexpr std::string_view name = "floor";
  static constexpr std::string_view doc = "The greatest integer that is not above x, as a float.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::floor(x); }
};

}  // namespace tenon
