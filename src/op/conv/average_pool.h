#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct AveragePool : PoolFields {
  static constexpr std::string_view name = "average_pool";
  static constexpr std::string_view doc =
      "The mean of the elements in each window. With count_include_pad padding counts as zeros, but never what lies "
      "behind it, where windows reach with ceil_mode. NaN for a window without elements. Extents as of max_pool. "
      "Narrow floats are accumulated in f32.";
  static constexpr std::string_view constraints = R"(
    there is one operand | {size=[2,2]} ()
    x is a float | {size=[2,2]} (i32[1,2,4,4])
    the windows have a spatial dimension | (f32[1,2,4,4])
    x has those, and its channels behind them with layout "nhwc" | {size=[2,2]} (f32[4])
    the layout is "nchw" or "nhwc" | {size=[2,2], layout="chwn"} (f32[1,2,4,4])
    stride, dilation and pads have as many numbers as size | {size=[2,2], stride=[1]} (f32[1,2,4,4])
    sizes, strides and dilations are at least 1 | {size=[2,0]} (f32[1,2,4,4])
    pads are shorter than a window | {size=[2,2], pads_begin=[2,0]} (f32[1,2,4,4])
    a window is not longer than the padded input | {size=[5,5]} (f32[1,2,4,4]))";
  static constexpr Traits traits{.reduction = true};
  bool count_include_pad = false;
  static void fields(auto& self, auto&& f) {
    PoolFields::fields(self, f);
    f("count_include_pad", self.count_include_pad);
  }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_float(name, in[0].type);
    return {Type{in[0].type.dtype, pooled_shape(name, in[0].type, *this)}};
  }
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<AveragePool>> samples();
};

}  // namespace tenon
