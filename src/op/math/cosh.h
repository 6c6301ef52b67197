#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Cosh : Unary<Cosh> {
  static constexpr std::string_view name = "cosh";
  static constexpr std::string_view doc =
      "(exp(x) + exp(-x)) / 2, also where exp(x) overflows and the result does not.";
  static expr::Scalar formula(const expr::Scalar& x) {
    const expr::Scalar e = expr::exp(0.5 * x), inverse = 1 / e;
    return 0.5 * e * e + 0.5 * inverse * inverse;
  }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
