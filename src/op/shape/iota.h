#pragma once
#include "op/op.h"

namespace tenon {

struct Iota {
  static constexpr std::string_view name = "iota";
  static constexpr std::string_view doc =
      "The position along the axis: 0, 1, 2, …, repeated over the other dimensions.";
  static constexpr std::string_view constraints = R"(
    there are no operands | (f32[2])
    the axis is one of the shape | {dtype=i64, shape=[2], axis=1} ())";
  static constexpr Traits traits{.leaf = true};
  DType dtype = DType::I64;
  Shape shape;
  i64 axis = 0;
  static void fields(auto& self, auto&& f) { f("dtype", self.dtype), f("shape", self.shape), f("axis", self.axis); }

  Types infer(Operands in) const {
    require_operands(name, in, 0);
    check_shape(shape);
    const auto rank = static_cast<i64>(shape.size());
    require(axis >= -rank && axis < rank, "iota: axis {} is out of range for the shape {}", axis, shape);
    return {Type{dtype, shape}};
  }
  expr::Expr define(std::span<const Type>) const {
    const auto out = expr::indices(shape);
    const auto a = static_cast<std::size_t>(normal_axis(axis, static_cast<i64>(shape.size())));
    return expr::compute({}, expr::dims(out), expr::cast(dtype, expr::value(out[a])));
  }
  static std::vector<Case<Iota>> samples() {
    return {{{DType::I64, {7}, 0}, {}},    {{DType::I32, {3, 5}, -1}, {}}, {{DType::F32, {3, 5}, 0}, {}},
            {{DType::F64, {1, 4}, 0}, {}}, {{DType::U8, {300}, 0}, {}},    {{DType::BF16, {2, 3, 2, 2}, 1}, {}},
            {{DType::F16, {0, 3}, 1}, {}}, {{DType::Bool, {3}, 0}, {}}};
  }
};

}  // namespace tenon
