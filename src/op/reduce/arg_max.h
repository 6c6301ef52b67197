#pragma once
#include "op/reduce/arg_reduce.h"

namespace tenon {

struct ArgMax {
  static constexpr std::string_view name = "arg_max";
  static constexpr std::string_view doc =
      "The position (i64) of the largest element along the axis: the first of several, and of a NaN where there is "
      "one.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {axis=2} (f32[2,3])
    it is not empty | {axis=0} (f32[0,2]))";
  static constexpr Traits traits{.reduction = true};
  i64 axis = -1;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const { return infer_arg_reduction(name, in, axis, keep_dims); }
  expr::Expr define(std::span<const Type> in) const {
    return define_arg_reduction(name, in[0], axis, keep_dims, expr::Reducer::ArgMax);
  }
  static std::vector<Case<ArgMax>> samples() { return arg_reduction_samples<ArgMax>(); }
};

}  // namespace tenon
