#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Equal : Comparison<Equal> {
  static constexpr std::string_view name = "equal";
  static constexpr std::string_view doc = "a == b as bool, broadcasting.";
  static constexpr Traits traits{.elementwise = true, .commutative = true, .texts = true};
  static constexpr Accepts accepts = Accepts::Any;
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a == b; }
};

}  // namespace tenon
