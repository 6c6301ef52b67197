#pragma once
#include "op/op.h"

namespace tenon {

struct RmsNorm {
  static constexpr std::string_view name = "rms_norm";
  static constexpr std::string_view doc =
      "x / sqrt(mean(x^2) + epsilon) over the dimensions from `axis` on, times scale, which has the shape of those "
      "dimensions (Zhang and Sennrich 2019). rms_norm(x) or rms_norm(x, scale)";
  static constexpr std::string_view constraints = R"(
    there is x, and perhaps a scale | ()
    x is a float | (i32[2,3])
    the axis is one of x | {axis=2} (f32[2,3])
    the scale has the extents from the axis on | (f32[2,3], f32[2])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  double epsilon = 1e-6;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<RmsNorm>> samples();
};

}  // namespace tenon
