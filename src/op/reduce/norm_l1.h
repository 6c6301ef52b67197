#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct NormL1 {
  static constexpr std::string_view name = "norm_l1";
  static constexpr std::string_view doc = "The sum of |x| over the axes (all, where none are given).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float or an integer | (bool[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const { return infer_number_reduction(name, in, axes, keep_dims); }
  expr::Expr define(std::span<const Type> in) const {
    return define_sum_of(in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
                         [](const expr::Scalar& x) { return expr::abs(x); });
  }
  static std::vector<Case<NormL1>> samples() { return number_reduction_samples<NormL1>(); }
};

}  // namespace tenon
