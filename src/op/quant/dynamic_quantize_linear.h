#pragma once
#include "op/op.h"

namespace tenon {

struct DynamicQuantizeLinear {
  static constexpr std::string_view name = "dynamic_quantize_linear";
  static constexpr std::string_view doc =
      "x quantised to u8 by its own range, which is made to hold 0. Three results: round(x / scale) + zero_point, "
      "which "
      "saturates; scale = (high - low) / 255, or 1 where that is 0; zero_point = round(-low / scale), where low = "
      "min(min(x), 0), high = max(max(x), 0).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is f32 | (f64[2,3]))";
  static constexpr Traits traits{};

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<DynamicQuantizeLinear>> samples() {
    std::vector<Case<DynamicQuantizeLinear>> list{
        {{}, {{{DType::F32, {3, 5}}, -3, 5}}},     {{}, {{{DType::F32, {7}}, 1, 5}}},
        {{}, {{{DType::F32, {2, 3, 2}}, -5, -1}}}, {{}, {{{DType::F32, {}}}}},
        {{}, {{{DType::F32, {4}}, 0, 0}}},         {{}, {{{DType::F32, {0, 3}}}}}};
    for (auto& c : list) c.inputs[0].differentiable = false;
    return list;
  }
};

}  // namespace tenon
