#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct MaxPoolWithIndices : PoolFields {
  static constexpr std::string_view name = "max_pool_with_indices";
  static constexpr std::string_view doc =
      "max_pool, and for each window where its maximum is: the row-major position in the spatial dimensions of x, an "
      "i64, the first where several are equal. Results: values, indices.";
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

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<MaxPoolWithIndices>> samples();
};

}  // namespace tenon
