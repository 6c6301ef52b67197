#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Acosh : Unary<Acosh> {
  static constexpr std::string_view name = "acosh";
  static constexpr std::string_view doc =
      "log(x + sqrt(x^2 - 1)), without loss near 1 and without overflow; NaN below 1.";
  static constexpr SampleRange range{.low = 1.2, .high = 4};
  static expr::Scalar formula(const expr::Scalar& x) {
    // log1p(t + sqrt(t) sqrt(t + 2)) with t = x - 1; beyond 2, log(2) + log((x + sqrt(t) sqrt(t + 2)) / 2).
    const expr::Scalar t = x - 1, half = 0.5 * expr::sqrt(t) * expr::sqrt(t + 2);
    const expr::Scalar y = expr::log1p(expr::where(x > 2, 0.5 * x + half - 1, t + 2 * half));
    return expr::where(x > 2, y + 0.69314718055994530942, y);
  }
};

}  // namespace tenon
