#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct BitAnd : Bitwise<BitAnd> {
  static constexpr std::string_view name = "bit_and";
  static constexpr std::string_view doc = "The bits that are set in both a and b, broadcasting.";
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::bit_and(a, b); }
};

}  // namespace tenon
