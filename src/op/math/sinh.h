#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Sinh : Unary<Sinh> {
  static constexpr std::string_view name = "sinh";
  static constexpr std::string_view doc =
      "(exp(x) - exp(-x)) / 2, also where exp(x) overflows and the result does not.";
  static expr::Scalar formula(const expr::Scalar& x) {
    const expr::Scalar e = expr::exp(0.5 * x), inverse = 1 / e;
    return 0.5 * expr::expm1(0.5 * x) * (1 + inverse) * (e + inverse);
  }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
