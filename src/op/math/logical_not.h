#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LogicalNot : Unary<LogicalNot> {
  static constexpr std::string_view name = "logical_not";
  static constexpr std::string_view doc = "True where x is false.";
  static constexpr Accepts accepts = Accepts::Bools;
  static expr::Scalar formula(const expr::Scalar& x) { return !x; }
};

}  // namespace tenon
