#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Add : Binary<Add> {
  static constexpr std::string_view name = "add";
  static constexpr std::string_view doc = "a + b, broadcasting. Integers wrap around.";
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a + b; }
};

}  // namespace tenon
