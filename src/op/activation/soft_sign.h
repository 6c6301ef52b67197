#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct SoftSign : Unary<SoftSign> {
  static constexpr std::string_view name = "soft_sign";
  static constexpr std::string_view doc = "x / (1 + |x|).";
  static expr::Scalar formula(const expr::Scalar& x) { return x / (1 + expr::abs(x)); }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
