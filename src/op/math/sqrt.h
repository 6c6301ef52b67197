#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Sqrt : Unary<Sqrt> {
  static constexpr std::string_view name = "sqrt";
  static constexpr std::string_view doc = "The square root of x; NaN below 0.";
  static constexpr SampleRange range{.low = 0.1, .high = 4};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::sqrt(x); }
};

}  // namespace tenon
