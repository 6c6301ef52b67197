#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Tan : Unary<Tan> {
  static constexpr std::string_view name = "tan";
  static constexpr std::string_view doc = "sin(x) / cos(x).";
  static constexpr SampleRange range{.low = -1.2, .high = 1.2};
  static expr::Scalar formula(const expr::Scalar& x) { return expr::sin(x) / expr::cos(x); }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
