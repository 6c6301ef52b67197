#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Minimum : Binary<Minimum> {
  static constexpr std::string_view name = "minimum";
  static constexpr std::string_view doc =
      "The smaller of a and b, broadcasting; NaN where either is NaN. Where both are equal the gradient goes to a.";
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::min(a, b); }
};

}  // namespace tenon
