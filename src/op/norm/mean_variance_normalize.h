#pragma once
#include "op/op.h"

namespace tenon {

struct MeanVarianceNormalize {
  static constexpr std::string_view name = "mean_variance_normalize";
  static constexpr std::string_view doc =
      "(x - mean) / (standard deviation + epsilon) over the axes (all, where none are given).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3])
    epsilon is finite and at least 0 | {axes=[0], epsilon=-1} (f32[2,3]))";
  static constexpr Traits traits{};
  Ints axes{0, 2, 3};
  double epsilon = 1e-9;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<MeanVarianceNormalize>> samples();
};

}  // namespace tenon
