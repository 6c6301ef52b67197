#pragma once
#include "op/op.h"

namespace tenon {

struct LayerNorm {
  static constexpr std::string_view name = "layer_norm";
  static constexpr std::string_view doc =
      "(x - mean) / sqrt(variance + epsilon) over the dimensions from `axis` on, times scale, plus bias, both of the "
      "shape "
      "of those dimensions (Ba et al. 2016). layer_norm(x), layer_norm(x, scale) or layer_norm(x, scale, bias)";
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
