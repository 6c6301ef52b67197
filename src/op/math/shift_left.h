#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct ShiftLeft : Bitwise<ShiftLeft> {
  static constexpr std::string_view name = "shift_left";
  static constexpr std::string_view doc =
      "a * 2^b in the bits that the type has, broadcasting: 0 where b is negative or at least as large as their "
      "number.";
  static constexpr SampleRange range_b{.int_low = -2, .int_high = 12};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::shift_left(a, b); }
};

}  // namespace tenon
