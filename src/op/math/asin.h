#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Asin : Unary<Asin> {
  static constexpr std::string_view name = "asin";
  static constexpr std::string_view doc = "The angle in [-pi/2, pi/2] whose sine is x; NaN outside of [-1, 1].";
  static constexpr SampleRange range{.low = -0.9, .high = 0.9};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::atan2(x, expr::sqrt((1 - x) * (1 + x))); }
};

}  // namespace tenon
