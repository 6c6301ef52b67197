#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LogicalXor : Logical<LogicalXor> {
  static constexpr std::string_view name = "logical_xor";
  static constexpr std::string_view doc = "True where exactly one of a and b is, broadcasting.";
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a != b; }
};

}  // namespace tenon
