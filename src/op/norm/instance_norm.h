#pragma once
#include "op/op.h"

namespace tenon {

struct InstanceNorm {
  static constexpr std::string_view name = "instance_norm";
  static constexpr std::string_view doc =
      "x[n, c, ...]: (x - mean) / sqrt(variance + epsilon) over the positions of each n and c, times scale[c], plus "
      "bias[c] (Ulyanov et al. 2016). instance_norm(x), instance_norm(x, scale) or instance_norm(x, scale, bias)";
  static constexpr std::string_view constraints = R"(
    there is x, perhaps a scale, and then perhaps a bias | ()
    x is a float | (i32[2,3])
    x has batch, channels and positions | (f32[2,3])
    the scale is one number for each channel | (f32[2,3,4], f32[2])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3,4]))";
  static constexpr Traits traits{};
  double epsilon = 1e-5;
  static void fields(auto& self, auto&& f) { f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<InstanceNorm>> samples();
};

}  // namespace tenon
