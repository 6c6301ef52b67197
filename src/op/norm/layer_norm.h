#pragma once
#include "op/op.h"

namespace tenon {

struct LayerNorm {
  static constexpr std::string_view name = "layer_norm";
  static constexpr std::string_view doc =
      "(x - mean) / sqrt(variance + epsilon) over the dimensions from `axis` on, times scale, plus bias, both of the "
      "shape "
      "of those dimensions (Ba et al. 2016). layer_norm(x), layer_norm(x, scale) or layer_norm(x, scale, bias)";
  static constexpr std::string_view constraints = R"(
    there is x, perhaps a scale, and then perhaps a bias | ()
    x is a float | (i32[2,3])
    the axis is one of x | {axis=2} (f32[2,3])
    the scale has the extents from the axis on | (f32[2,3], f32[2])
    so has the bias | (f32[2,3], f32[3], f32[2])
    both have the element type of x, or the wider one in which sums of it are accumulated | (f32[2,3], f64[3])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  double epsilon = 1e-5;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<LayerNorm>> samples();
};

}  // namespace tenon
