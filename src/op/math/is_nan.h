#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct IsNan : Predicate<IsNan> {
  static constexpr std::string_view name = "is_nan";
  static constexpr std::string_view doc = "Whether x is not a number.";
  static expr::Scalar formula(const expr::Scalar& x) { return x != x; }
};

}  // namespace tenon
