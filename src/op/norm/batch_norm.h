#pragma once
#include "op/op.h"

namespace tenon {

struct BatchNorm {
  static constexpr std::string_view name = "batch_norm";
  static constexpr std::string_view doc =
      "scale (x - mean) / sqrt(variance + epsilon) + bias, where each of the four has one element for each position "
      "along "
      "the axis of channels: batch normalisation with known statistics (Ioffe and Szegedy 2015). "
      "batch_norm(x, scale, bias, mean, variance)";
  static constexpr Traits traits{};
  i64 axis = 1;
  double epsilon = 1e-5;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<BatchNorm>> samples();
};

}  // namespace tenon
