#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Maximum : Binary<Maximum> {
  static constexpr std::string_view name = "maximum";
  static constexpr std::string_view doc =
      "The larger of a and b, broadcasting; NaN where either is NaN. Where both are equal the gradient goes to a.";
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::max(a, b); }
};

}  // namespace tenon
