#pragma once
#include "op/math/elementwise.h"
#include "op/math/odd.h"

namespace tenon {

struct Atanh : Unary<Atanh> {
  static constexpr std::string_view name = "atanh";
  static constexpr std::string_view doc =
      "log((1 + x) / (1 - x)) / 2, without loss near 0; infinite at -1 and 1, NaN beyond.";
  static constexpr SampleRange range{.low = -0.9, .high = 0.9};
  static expr::Scalar formula(const expr::Scalar& x) {
    const expr::Scalar a = expr::abs(x);
    return odd_from_magnitude(x, 0.5 * expr::log1p(2 * a / (1 - a)));
  }
};

}  // namespace tenon
