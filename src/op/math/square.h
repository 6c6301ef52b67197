#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Square : Unary<Square> {
  static constexpr std::string_view name = "square";
  static constexpr std::string_view doc = "x * x.";
  static constexpr Accepts accepts = Accepts::Numbers;
  static expr::Scalar formula(const expr::Scalar& x) { return x * x; }
};

}  // namespace tenon
