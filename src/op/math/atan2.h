#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Atan2 : Binary<Atan2> {
  static constexpr std::string_view name = "atan2";
  static constexpr std::string_view doc =
      "The angle in [-pi, pi] of the point (b, a), broadcasting: atan(a / b) by the quadrant, as in C. The gradient "
      "at the origin is 0.";
  static constexpr Accepts accepts = Accepts::Floats;
  static constexpr SampleRange range_b{.low = 0.5, .high = 2};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::atan2(a, b); }
};

}  // namespace tenon
