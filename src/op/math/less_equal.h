#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LessEqual : Comparison<LessEqual> {
  static constexpr std::string_view name = "less_equal";
  static constexpr std::string_view doc = "a <= b as bool, broadcasting.";
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a <= b; }
};

}  // namespace tenon
