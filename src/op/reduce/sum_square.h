#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct SumSquare {
  static constexpr std::string_view name = "sum_square";
  static constexpr std::string_view doc = "The sum of x^2 over the axes (all, where none are given).";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& t = in[0].type;
    require(t.dtype != DType::Bool, "sum_square: takes floats and integers, given bool; cast it first");
    return {Type{t.dtype, reduced_shape(t.shape, reduced_axes(name, axes, t.rank()), keep_dims)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
                            [](const auto& over, const expr::Scalar& x) {
                              const expr::Scalar wide = expr::cast(accumulate_type(x.dtype()), x);
                              return expr::cast(x.dtype(), expr::sum(over, wide * wide));
                            });
  }
  static std::vector<Case<SumSquare>> samples() {
    return reduction_samples<SumSquare>(
        {DType::F32, DType::F64, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16, DType::I8, DType::U8},
        true);
  }
};

}  // namespace tenon
