#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct LogSum {
  static constexpr std::string_view name = "log_sum";
  static constexpr std::string_view doc = "The logarithm of the sum over the axes (all, where none are given).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const { return infer_float_reduction(name, in, axes, keep_dims); }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(
        in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
        [](const auto& over, const expr::Scalar& x) { return expr::cast(x.dtype(), expr::log(expr::sum(over, x))); });
  }
  static std::vector<Case<LogSum>> samples() {
    return reduction_samples<LogSum>({DType::F32, DType::F64, DType::F16, DType::BF16}, true, 0.2, 2);
  }
};

}  // namespace tenon
