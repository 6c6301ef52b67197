#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Mod : Binary<Mod> {
  static constexpr std::string_view name = "mod";
  static constexpr std::string_view doc =
      "a - b * floor(a / b), broadcasting: the remainder with the sign of b. On integers x mod 0 is 0.";
  static constexpr SampleRange range_b{.low = 0.5, .high = 2};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return expr::mod(a, b); }
};

}  // namespace tenon
