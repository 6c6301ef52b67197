#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Sub : Binary<Sub> {
  static constexpr std::string_view name = "sub";
  static constexpr std::string_view doc = "a - b, broadcasting. Integers wrap around.";
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return a - b; }
};

}  // namespace tenon
