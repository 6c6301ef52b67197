#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct Sum {
  static constexpr std::string_view name = "sum";
  static constexpr std::string_view doc =
      "The sum over the axes (all, where none are given). Narrow types are accumulated wider and rounded once; the "
      "count of a bool tensor is i64; an empty sum is 0.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& t = in[0].type;
    return {Type{t.dtype == DType::Bool ? DType::I64 : t.dtype,
                 reduced_shape(t.shape, reduced_axes(name, axes, t.rank()), keep_dims)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
                            [&](const auto& over, const expr::Scalar& x) {
                              if (x.dtype() == DType::Bool) return expr::sum(over, expr::cast(DType::I64, x));
                              return expr::cast(x.dtype(), expr::sum(over, x));
                            });
  }
  static std::vector<Case<Sum>> samples() {
    return reduction_samples<Sum>({DType::F32, DType::F64, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16,
                                   DType::I8, DType::U64, DType::U32, DType::U16, DType::U8, DType::Bool},
                                  true);
  }
};

}  // namespace tenon
