#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct HardSwish : Unary<HardSwish> {
  static constexpr std::string_view name = "hard_swish";
  static constexpr std::string_view doc = "x min(max(x / 6 + 1/2, 0), 1) (Howard et al. 2019).";
  static constexpr SampleRange range{.low = -5, .high = 5};
  static expr::Scalar formula(const expr::Scalar& x) { return x * expr::min(1, expr::max(0, x / 6 + 0.5)); }
};

}  // namespace tenon
