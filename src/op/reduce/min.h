#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct Min {
  static constexpr std::string_view name = "min";
  static constexpr std::string_view doc =
      "The smallest element over the axes (all, where none are given); NaN where one is NaN. Where several are equal "
      "the gradient goes to the first.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3])
    the axes are not empty | {axes=[0]} (f32[0,2]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    Ints over = reduced_axes(name, axes, in[0].type.rank());
    require_elements(name, in[0].type, over);
    return {Type{in[0].type.dtype, reduced_shape(in[0].type.shape, over, keep_dims)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
                            [&](const auto& over, const expr::Scalar& x) { return expr::min(over, x); });
  }
  static std::vector<Case<Min>> samples() {
    return reduction_samples<Min>({DType::F32, DType::F64, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I8,
                                   DType::U64, DType::U32, DType::U16, DType::U8, DType::Bool},
                                  false);
  }
};

}  // namespace tenon
