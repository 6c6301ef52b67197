#pragma once
#include "op/math/elementwise.h"
#include "op/math/remainder.h"

namespace tenon {

struct Fmod : Binary<Fmod> {
  static constexpr std::string_view name = "fmod";
  static constexpr std::string_view doc =
      "a - b * trunc(a / b), broadcasting: the remainder with the sign of a, as in C. On integers it is 0 where b is "
      "0.";
  static constexpr SampleRange range_b{.low = 0.5, .high = 2};
  static expr::Scalar formula(const expr::Scalar& a, const expr::Scalar& b) { return truncated_remainder(a, b); }
};

}  // namespace tenon
