#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Where {
  static constexpr std::string_view name = "where";
  static constexpr std::string_view doc =
      "a where the condition holds, else b, broadcasting. What is not taken does not show in the value, even if it is "
      "NaN.";
  static constexpr std::string_view constraints = R"(
    there are three operands | (bool[2], f32[2])
    the condition is bool | (f32[2], f32[2], f32[2])
    a and b have one element type | (bool[2], f32[2], i32[2])
    the shapes broadcast | (bool[2], f32[3], f32[3]))";
  static constexpr Traits traits{.elementwise = true, .texts = true};

  Types infer(Operands in) const {
    require_operands(name, in, 3);
    require(in[0].type.dtype == DType::Bool, "where: the condition is {}, expected bool; compare it with 0 first",
            in[0].type.dtype);
    return {Type{require_same_dtype(name, in.subspan(1)), broadcast_operands(name, in)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_elementwise(in, [](auto x) { return expr::where(x[0], x[1], x[2]); });
  }
  static std::vector<Case<Where>> samples() {
    const SampleRange ranges[3]{};
    auto inputs = elementwise_inputs(Accepts::All, ranges);
    for (auto& in : inputs) in[0] = {Type{DType::Bool, in[0].type.shape}, 0, 2, false};
    return cases_of(Where{}, inputs);
  }
};

}  // namespace tenon
