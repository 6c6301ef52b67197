#pragma once
#include <cmath>

#include "op/op.h"

namespace tenon {

struct Full {
  static constexpr std::string_view name = "full";
  static constexpr std::string_view doc =
      "A tensor of the given shape and element type whose every element is `value`.";
  static constexpr std::string_view constraints = R"(
    there are no operands | (f32[2])
    the value is one of the element type | {value=0.5, dtype=i32, shape=[2]} ())";
  static constexpr Traits traits{.leaf = true};
  double value = 0;
  DType dtype = DType::F32;
  Shape shape;
  static void fields(auto& self, auto&& f) { f("value", self.value), f("dtype", self.dtype), f("shape", self.shape); }

  Types infer(Operands in) const {
    require_operands(name, in, 0);
    check_shape(shape);
    require(is_float(dtype) || (value == std::floor(value) && value >= lowest_of(dtype) && value <= highest_of(dtype)),
            "full: {} is no value of type {}", value, dtype);
    return {Type{dtype, shape}};
  }
  expr::Expr define(std::span<const Type>) const {
    return expr::compute({}, expr::dims(expr::indices(shape)), expr::cast(dtype, expr::Scalar(value)));
  }
  static std::vector<Case<Full>> samples() {
    return {{{1.5, DType::F32, {2, 3}}, {}}, {{-0.1, DType::F64, {}}, {}}, {{3, DType::I64, {0}}, {}},
            {{-7, DType::I8, {1, 4}}, {}},   {{1, DType::Bool, {3}}, {}},  {{0.1, DType::BF16, {2}}, {}},
            {{65504, DType::F16, {2}}, {}},  {{255, DType::U8, {5}}, {}},  {{0x1p63, DType::U64, {5}}, {}}};
  }
};

}  // namespace tenon
