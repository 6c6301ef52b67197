#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct BitXor : Bitwise<BitXor> {
  static constexpr std::string_view name = "bit_xor";
  static constexpr std::string_view doc = "The bits in which a and b differ, broadcasting.";
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::bit_xor(a, b); }
};

}  // namespace tenon
