#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct BitNot : Unary<BitNot> {
  static constexpr std::string_view name = "bit_not";
  static constexpr std::string_view doc = "x with every bit changed.";
  static constexpr Accepts accepts = Accepts::Integers;
  static expr::Scalar formula(const expr::Scalar& x) { return !x; }
};

}  // namespace tenon
