#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct ShiftRight : Bitwise<ShiftRight> {
  static constexpr std::string_view name = "shift_right";
  static constexpr std::string_view doc =
      "a / 2^b, rounded down, broadcasting. A count b that is negative or at least the number of bits moves all of "
      "them out, which gives 0, or -1 for a negative a.";
  static constexpr SampleRange range_b{.int_low = -2, .int_high = 12};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::shift_right(a, b); }
};

}  // namespace tenon
