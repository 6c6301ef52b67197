#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Log : Unary<Log> {
  static constexpr std::string_view name = "log";
  static constexpr std::string_view doc = "The natural logarithm of x; NaN below 0, -infinity at 0.";
  static constexpr SampleRange range{.low = 0.1, .high = 4};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::log(x); }
};

}  // namespace tenon
