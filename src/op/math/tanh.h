#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Tanh : Unary<Tanh> {
  static constexpr std::string_view name = "tanh";
  static constexpr std::string_view doc = "The hyperbolic tangent of x.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::tanh(x); }
};

}  // namespace tenon
