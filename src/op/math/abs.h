#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Abs : Unary<Abs> {
  static constexpr std::string_view name = "abs";
  static constexpr std::string_view doc = "|x|. The derivative at 0 is 0.";
  static constexpr Accepts accepts = Accepts::Numbers;
  static expr::Scalar formula(const expr::Scalar& x) { return expr::abs(x); }
};

}  // namespace tenon
