#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Round : Unary<Round> {
  static constexpr std::string_view name = "round";
  static constexpr std::string_view doc = "The nearest integer, halves to even, as a float.";
  static expr::Scalar formula(const expr::Scalar& x) { return expr::round(x); }
};

}  // namespace tenon
