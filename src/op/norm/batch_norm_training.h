#pragma once
#include "op/op.h"

namespace tenon {

struct BatchNormTraining {
  static constexpr std::string_view name = "batch_norm_training";
  static constexpr std::string_view doc =
      "Three results: scale (x - mean) / sqrt(variance + epsilon) + bias, the mean, and the variance (with the number "
      "of "
      "elements as divisor) of x over every axis but that of channels (Ioffe and Szegedy 2015). Scale, bias and the "
      "statistics have one element per channel and one element type. batch_norm_training(x, scale, bias)";
  static constexpr std::string_view constraints = R"(
    there are three operands: x, scale and bias | (f32[2,3])
    x is a float | (i32[2,3], f32[3], f32[3])
    the axis is one of x | {axis=2} (f32[2,3], f32[3], f32[3])
    the others are one number for each channel | (f32[2,3], f32[3], f32[2])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3], f32[3], f32[3]))";
  static constexpr Traits traits{};
  i64 axis = 1;
  double epsilon = 1e-5;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<BatchNormTraining>> samples();
};

}  // namespace tenon
