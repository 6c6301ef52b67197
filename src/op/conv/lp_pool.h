#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct LpPool : PoolFields {
  static constexpr std::string_view name = "lp_pool";
  static constexpr std::string_view doc =
      "The p-norm of each window: (sum |x|^p)^(1/p), p at least 1. Padding counts as 0. The gradient is 0 where the "
      "norm is. Extents as of max_pool. Narrow floats are accumulated in f32.";
  static constexpr std::string_view constraints = R"(
    there is one operand | {size=[2,2]} ()
    x is a float | {size=[2,2]} (i32[1,2,4,4])
    the windows have a spatial dimension | (f32[1,2,4,4])
    x has those, and its channels behind them with layout "nhwc" | {size=[2,2]} (f32[4])
    the layout is "nchw" or "nhwc" | {size=[2,2], layout="chwn"} (f32[1,2,4,4])
    stride, dilation and pads have as many numbers as size | {size=[2,2], stride=[1]} (f32[1,2,4,4])
    sizes, strides and dilations are at least 1 | {size=[2,0]} (f32[1,2,4,4])
    pads are shorter than a window | {size=[2,2], pads_begin=[2,0]} (f32[1,2,4,4])
    a window is not longer than the padded input | {size=[5,5]} (f32[1,2,4,4])
    p is at least 1 and finite | {size=[2,2], p=0.5} (f32[1,2,4,4]))";
  static constexpr Traits traits{.reduction = true};
  double p = 2;
  static void fields(auto& self, auto&& f) {
    PoolFields::fields(self, f);
    f("p", self.p);
  }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_float(name, in[0].type);
    require(p >= 1 && p < expr::kInfinity,
            "lp_pool: p is {}, expected a number of at least 1; use max_pool for infinity", p);
    return {Type{in[0].type.dtype, pooled_shape(name, in[0].type, *this)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const Pooling pool = pooling_of(name, in[0], *this);
    const DType t = in[0].dtype, wide = accumulate_type(t);
    const expr::Scalar x = expr::cast(wide, expr::Input(0, in[0]).outside(0)(pool.at));
    const expr::Scalar power = p == 2 ? x * x : p == 1 ? expr::abs(x) : expr::pow(expr::abs(x), p);
    const expr::Scalar sum = expr::sum(pool.r, power);
    const expr::Scalar root = p == 2 ? expr::sqrt(sum) : p == 1 ? sum : expr::pow(sum, 1 / p);
    return expr::compute({in[0]}, pool.out, expr::cast(t, expr::where(sum == 0, 0, root)));
  }
  static std::vector<Case<LpPool>> samples() {
    std::vector<Case<LpPool>> list;
    const double powers[] = {2, 1, 3, 2.5};
    for (const PoolCase& c : pool_cases({DType::F32, DType::F64, DType::F16, DType::BF16}))
      list.push_back({{c.fields, powers[list.size() % 4]}, {{c.x, 0.2, 2}}});
    list.push_back({{{.size = {2, 2}}, 2}, {{{DType::F64, {4, 4}}, -2, -0.2}}});
    return list;
  }
};

}  // namespace tenon
