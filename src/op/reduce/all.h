#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct All {
  static constexpr std::string_view name = "all";
  static constexpr std::string_view doc =
      "Whether every element over the axes (all axes, where none are given) is true; true for no elements.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is bool | (f32[2,3])
    the axes are some of x | {axes=[2]} (bool[2,3])
    and name each once | {axes=[1,-1]} (bool[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require(in[0].type.dtype == DType::Bool, "all: takes bool, given {}; compare it with 0 first", in[0].type.dtype);
    return {Type{DType::Bool, reduced_shape(in[0].type.shape, reduced_axes(name, axes, in[0].type.rank()), keep_dims)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
                            [&](const auto& over, const expr::Scalar& x) { return expr::min(over, x); });
  }
  static std::vector<Case<All>> samples() { return reduction_samples<All>({DType::Bool}, true); }
};

}  // namespace tenon
