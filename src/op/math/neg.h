#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Neg : Unary<Neg> {
  static constexpr std::string_view name = "neg";
  static constexpr std::string_view doc = "-x. Integers wrap around.";
  static constexpr Accepts accepts = Accepts::Numbers;
  static expr::Scalar formula(const expr::Scalar& x) { return -x; }
};

}  // namespace tenon
