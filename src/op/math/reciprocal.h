#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Reciprocal : Unary<Reciprocal> {
  static constexpr std::string_view name = "reciprocal";
  static constexpr std::string_view doc = "1 / x.";
  static constexpr SampleRange range{.low = 0.3, .high = 3};
  static expr::Scalar formula(const expr::Scalar& x) { return 1 / x; }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
