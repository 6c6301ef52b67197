#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Clip : Unary<Clip> {
  static constexpr std::string_view name = "clip";
  static constexpr std::string_view doc =
      "The smaller of `max` and the larger of `min` and x, where both are infinite unless given; NaN stays NaN. The "
      "gradient passes "
      "where min <= x <= max.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float or an integer | {min=0, max=1} (bool[2])
    the bounds are numbers | {min=0.5, max=1} (i32[2])
    some value of the element type lies between them | {min=300, max=400} (u8[2]))";
  static constexpr Accepts accepts = Accepts::Numbers;
  double min = -expr::kInfinity, max = expr::kInfinity;
  static void fields(auto& self, auto&& f) { f("min", self.min), f("max", self.max); }

  Types infer(Operands in) const;
  expr::Scalar formula(const expr::Scalar& x) const;
  static std::vector<Case<Clip>> samples();
};

}  // namespace tenon
