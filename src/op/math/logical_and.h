#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LogicalAnd : Logical<LogicalAnd> {
  static constexpr std::string_view name = "logical_and";
  static constexpr std::string_view doc = "True where a and b are, broadcasting.";
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a && b; }
};

}  // namespace tenon
