#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Ceil : Unary<Ceil> {
  static constexpr std::string_view name = "ceil";
  static constexpr std::string_view doc = "The least integer that is not below x, as a float.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::ceil(x); }
};

}  // namespace tenon
