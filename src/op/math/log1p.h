#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Log1p : Unary<Log1p> {
  static constexpr std::string_view name = "log1p";
  static constexpr std::string_view doc = "log(1 + x), accurate for small x.";
  static constexpr SampleRange range{.low = -0.7, .high = 3};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::log1p(x); }
};

}  // namespace tenon
