#pragma once
#include "op/op.h"

namespace tenon {

struct LpNormalize {
  static constexpr std::string_view name = "lp_normalize";
  static constexpr std::string_view doc =
      "x / max(norm, epsilon) along the axis, where the norm is sum(|x|) for p = 1 and sqrt(sum(x^2)) for p = 2.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axis is one of x | {axis=2} (f32[2,3])
    p is 1 or 2 | {p=3} (f32[2,3])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1, p = 2;
  double epsilon = 1e-12;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("p", self.p), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<LpNormalize>> samples();
};

}  // namespace tenon
