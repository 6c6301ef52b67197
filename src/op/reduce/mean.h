#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct Mean {
  static constexpr std::string_view name = "mean";
  static constexpr std::string_view doc =
      "The sum over the axes (all, where none are given) divided by the number of elements; NaN for no elements. "
      "Narrow floats are accumulated in f32.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_float(name, in[0].type);
    return {Type{in[0].type.dtype,
                 reduced_shape(in[0].type.shape, reduced_axes(name, axes, in[0].type.rank()), keep_dims)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
                            [&](const auto& over, const expr::Scalar& x) {
                              Dim count = 1;
                              for (const auto& i : over) count *= i.extent();
                              return expr::cast(x.dtype(), divided(expr::sum(over, x), count));
                            });
  }
  static std::vector<Case<Mean>> samples() {
    return reduction_samples<Mean>({DType::F32, DType::F64, DType::F16, DType::BF16}, true);
  }
};

}  // namespace tenon
