#pragma once
#include "op/op.h"

namespace tenon {

struct Mse {
  static constexpr std::string_view name = "mse";
  static constexpr std::string_view doc =
      "The mean over all elements of (a - b)^2, a scalar; a and b have one shape. NaN for no elements.";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2])
    they are floats | (i32[2], i32[2])
    of one element type | (f32[2], f64[2])
    and one shape | (f32[2], f32[3]))";
  static constexpr Traits traits{.reduction = true};

  Types infer(Operands in) const {
    require_operands(name, in, 2);
    require_float(name, in[0].type);
    require_same_dtype(name, in);
    require(in[0].type == in[1].type, "mse: the operands are {} and {}; expected one shape", in[0].type, in[1].type);
    return {Type{in[0].type.dtype, {}}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto i = expr::indices(in[0].shape);
    const DType t = in[0].dtype, wide = accumulate_type(t);
    const auto d =
        expr::cast(wide, expr::Input(0, in[0])(expr::ats(i))) - expr::cast(wide, expr::Input(1, in[1])(expr::ats(i)));
    const auto count = static_cast<double>(element_count(in[0].shape));
    return expr::compute({in[0], in[1]}, {}, expr::cast(t, expr::sum(i, d * d) / count));
  }
  static std::vector<Case<Mse>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}, {{DType::F32, {3, 5}}}}},
            {{}, {{{DType::F64, {7}}}, {{DType::F64, {7}}}}},
            {{}, {{{DType::F32, {}}}, {{DType::F32, {}}}}},
            {{}, {{{DType::F32, {2, 3, 1, 4}}}, {{DType::F32, {2, 3, 1, 4}}}}},
            {{}, {{{DType::F32, {0}}}, {{DType::F32, {0}}}}},
            {{}, {{{DType::F16, {5}}}, {{DType::F16, {5}}}}},
            {{}, {{{DType::BF16, {5}}}, {{DType::BF16, {5}}}}}};
  }
};

}  // namespace tenon
