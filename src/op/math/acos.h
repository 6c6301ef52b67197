#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Acos : Unary<Acos> {
  static constexpr std::string_view name = "acos";
  static constexpr std::string_view doc = "The angle in [0, pi] whose cosine is x; NaN outside of [-1, 1].";
  static constexpr SampleRange range{.low = -0.9, .high = 0.9};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::atan2(expr::sqrt((1 - x) * (1 + x)), x); }
};

}  // namespace tenon
