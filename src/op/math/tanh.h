#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Tanh : Unary<Tanh> {
  static constexpr std::string_view name = "tanh";
  static constexpr std::string_view doc = "The hyperbolic tangent of x.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::tanh(x); }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
