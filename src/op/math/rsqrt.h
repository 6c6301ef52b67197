#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Rsqrt : Unary<Rsqrt> {
  static constexpr std::string_view name = "rsqrt";
  static constexpr std::string_view doc = "1 / sqrt(x).";
  static constexpr SampleRange range{.low = 0.1, .high = 4};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::rsqrt(x); }
};

}  // namespace tenon
