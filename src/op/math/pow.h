#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Pow : Binary<Pow> {
  static constexpr std::string_view name = "pow";
  static constexpr std::string_view doc =
      "a to the power b, broadcasting. On integers a negative power is 0 (or 1, -1 for a base of 1, -1).";
  static constexpr SampleRange range_a{.low = 0.2, .high = 2, .int_low = -3, .int_high = 4};
  static constexpr SampleRange range_b{.low = -2, .high = 2, .int_low = 0, .int_high = 4};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::pow(a, b); }
};

}  // namespace tenon
