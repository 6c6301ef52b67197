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
  static constexpr std::string_view constraints = R"(
    there are five operands: x, scale, bias, mean and variance | (f32[2,3])
    x is a float | (i32[2,3], f32[3], f32[3], f32[3], f32[3])
    the axis is one of x | {axis=2} (f32[2,3], f32[3], f32[3], f32[3], f32[3])
    the others are one number for each channel | (f32[2,3], f32[3], f32[3], f32[2], f32[3])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3], f32[3], f32[3], f32[3], f32[3]))";
  static constexpr Traits traits{};
  i64 axis = 1;
  double epsilon = 1e-5;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<BatchNorm>> samples();
};

}  // namespace tenon
