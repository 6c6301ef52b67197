#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Div : Binary<Div> {
  static constexpr std::string_view name = "div";
  static constexpr std::string_view doc =
      "a / b, broadcasting. On integers the quotient is rounded down, and x / 0 is 0.";
  static constexpr SampleRange range_b{.low = 0.5, .high = 2};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a / b; }
};

}  // namespace tenon
