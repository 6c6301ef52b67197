#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct BitOr : Bitwise<BitOr> {
  static constexpr std::string_view name = "bit_or";
  static constexpr std::string_view doc = "The bits that are set in a or b, broadcasting.";
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::bit_or(a, b); }
};

}  // namespace tenon
