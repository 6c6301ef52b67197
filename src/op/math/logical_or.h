#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LogicalOr : Logical<LogicalOr> {
  static constexpr std::string_view name = "logical_or";
  static constexpr std::string_view doc = "True where a or b is, broadcasting.";
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a || b; }
};

}  // namespace tenon
