#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Trunc : Unary<Trunc> {
  static constexpr std::string_view name = "trunc";
  static constexpr std::string_view doc = "x without its fraction: the nearest integer towards 0, as a float.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::where(x < 0, expr::ceil(x), expr::floor(x)); }
};

}  // namespace tenon
