#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Less : Comparison<Less> {
  static constexpr std::string_view name = "less";
  static constexpr std::string_view doc = "a < b as bool, broadcasting.";
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a < b; }
};

}  // namespace tenon
