#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Relu : Unary<Relu> {
  static constexpr std::string_view name = "relu";
  static constexpr std::string_view doc = "max(x, 0). The derivative at 0 is 0.";
  static constexpr Accepts accepts = Accepts::Numbers;
  static expr::Scalar formula(const expr::Scalar& x) { return expr::max(0, x); }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
