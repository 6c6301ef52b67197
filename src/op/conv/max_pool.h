#pragma once
#include "op/conv/pool.h"
#include "op/math/elementwise.h"

namespace tenon {

struct MaxPool : PoolFields {
  static constexpr std::string_view name = "max_pool";
  static constexpr std::string_view doc =
      "The largest element in each window; padding never wins. NaN where one is NaN; where several are equal the "
      "gradient goes to the first. Extents as of conv; with ceil_mode the quotient is rounded up, but a window "
      "begins before the padding at the end. Pads are shorter than a window.";
  static constexpr std::string_view constraints = R"(
    there is one operand | {size=[2,2]} ()
    x is a number | {size=[2,2]} (bool[1,2,4,4])
    the windows have a spatial dimension | (f32[1,2,4,4])
    x has those, and its channels behind them with layout "nhwc" | {size=[2,2]} (f32[4])
    the layout is "nchw" or "nhwc" | {size=[2,2], layout="chwn"} (f32[1,2,4,4])
    stride, dilation and pads have as many numbers as size | {size=[2,2], stride=[1]} (f32[1,2,4,4])
    sizes, strides and dilations are at least 1 | {size=[2,0]} (f32[1,2,4,4])
    pads are shorter than a window | {size=[2,2], pads_begin=[2,0]} (f32[1,2,4,4])
    a window is not longer than the padded input | {size=[5,5]} (f32[1,2,4,4]))";
  static constexpr Traits traits{.reduction = true};

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_accepted(name, Accepts::Numbers, in[0].type.dtype);
    return {Type{in[0].type.dtype, pooled_shape(name, in[0].type, *this)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const Pooling pool = pooling_of(name, in[0], *this);
    return expr::compute({in[0]}, pool.out,
                         expr::max(pool.r, expr::Input(0, in[0]).outside(-expr::kInfinity)(pool.at)));
  }
  static std::vector<Case<MaxPool>> samples() {
    std::vector<Case<MaxPool>> list;
    for (const PoolCase& c : pool_cases({DType::F32, DType::F64, DType::F16, DType::BF16, DType::I32, DType::I8,
                                         DType::U64, DType::U32, DType::U16, DType::U8}))
      list.push_back({{c.fields}, {sample_input(c.x, {})}});
    return list;
  }
};

}  // namespace tenon
