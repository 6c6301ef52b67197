#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct IsFinite : Predicate<IsFinite> {
  static constexpr std::string_view name = "is_finite";
  static constexpr std::string_view doc = "Whether x is neither infinite nor NaN.";
  /// In a type that has infinity.
  static expr::Scalar formula(const expr::Scalar& x) {
    return expr::abs(expr::cast(accumulate_type(x.dtype()), x)) < expr::kInfinity;
  }
};

}  // namespace tenon
