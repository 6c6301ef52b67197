#pragma once
#include "op/math/elementwise.h"
#include "op/math/remainder.h"

namespace tenon {

struct FloorDivide : Binary<FloorDivide> {
  static constexpr std::string_view name = "floor_divide";
  static constexpr std::string_view doc =
      "The integer floor(a / b) as it would be without rounding, broadcasting: (a - mod(a, b)) / b. On integers it "
      "is div.";
  static constexpr SampleRange range_b{.low = 0.5, .high = 2};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) {
    if (!is_float(a.dtype())) return a / b;
    const expr::Scalar r = truncated_remainder(a, b), q = expr::round((a - r) / b);
    return expr::where(b == 0, a / b, expr::where(r != 0 && (r < 0) != (b < 0), q - 1, q));
  }
};

}  // namespace tenon
