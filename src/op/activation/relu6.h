#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Relu6 : Unary<Relu6> {
  static constexpr std::string_view name = "relu6";
  static constexpr std::string_view doc = "min(max(x, 0), 6) (Howard et al. 2017). The derivative at 0 and 6 is 0.";
  static constexpr Accepts accepts = Accepts::Numbers;
  static constexpr SampleRange range{.low = -3, .high = 9};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::min(6, expr::max(0, x)); }
};

}  // namespace tenon
