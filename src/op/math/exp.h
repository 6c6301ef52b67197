#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Exp : Unary<Exp> {
  static constexpr std::string_view name = "exp";
  static constexpr std::string_view doc = "e to the power x.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::exp(x); }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
