#pragma once
#include "op/math/elementwise.h"
#include "op/math/odd.h"

namespace tenon {

struct Asinh : Unary<Asinh> {
  static constexpr std::string_view name = "asinh";
  static constexpr std::string_view doc = "log(x + sqrt(x^2 + 1)), without loss near 0 and without overflow.";
  static expr::Scalar formula(const expr::Scalar& x) {
    // log1p(a + a^2 / (1 + sqrt(1 + a^2))); beyond 1, with r = 1/a, log(2) + log(a (1 + sqrt(1 + r^2)) / 2).
    const expr::Scalar a = expr::abs(x), r = expr::where(a > 1, 1 / a, a), s = 1 + expr::sqrt(1 + r * r);
    const expr::Scalar near = expr::log1p(expr::where(a > 1, a * (0.5 * s) - 1, a + a * (a / s)));
    return odd_from_magnitude(x, expr::where(a > 1, near + 0.69314718055994530942, near));
  }
};

}  // namespace tenon
