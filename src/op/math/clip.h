#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Clip : Unary<Clip> {
  static constexpr std::string_view name = "clip";
  static constexpr std::string_view doc =
      "The smaller of `max` and the larger of `min` and x, where both are infinite unless given; NaN stays NaN. The "
      "gradient passes "
      "where min <= x <= max.";
  static constexpr Accepts accepts = Accepts::Numbers;
  double min = -expr::kInfinity, max = expr::kInfinity;
  static void fields(auto& self, auto&& f) { f("min", self.min), f("max", self.max); }

  Types infer(Operands in) const;
  expr::Scalar formula(const expr::Scalar& x) const;
  static std::vector<Case<Clip>> samples();
};

}  // namespace tenon
