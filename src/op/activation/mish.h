#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Mish : Unary<Mish> {
  static constexpr std::string_view name = "mish";
  static constexpr std::string_view doc = "x tanh(log(1 + exp(x))) (Misra 2019), without overflow.";
  static constexpr SampleRange range{.low = -4, .high = 4};
  static expr::Scalar formula(const expr::Scalar& x) {
    // With q = exp(-|x|), the tangent is (1 + 2q) / (1 + 2q + 2q^2) above 0, and q (q + 2) / (q (q + 2) + 2) below.
    const expr::Scalar positive = x > 0, q = expr::exp(expr::where(positive, -x, x));
    const expr::Scalar above = 1 + 2 * q, below = q * (q + 2);
    return x * expr::where(positive, above / (above + 2 * q * q), below / (below + 2));
  }
};

}  // namespace tenon
