#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Sigmoid : Unary<Sigmoid> {
  static constexpr std::string_view name = "sigmoid";
  static constexpr std::string_view doc = "1 / (1 + exp(-x)), without overflow on either side.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::sigmoid(x); }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
};

}  // namespace tenon
