#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct Prod {
  static constexpr std::string_view name = "prod";
  static constexpr std::string_view doc =
      "The product over the axes (all, where none are given); 1 for no elements. The gradient is right where elements "
      "are "
      "0; the gradient of the gradient is not where two of them are.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float or an integer | (bool[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& t = in[0].type;
    require(t.dtype != DType::Bool, "prod: takes floats and integers, given bool; use all, or cast it first");
    return {Type{t.dtype, reduced_shape(t.shape, reduced_axes(name, axes, t.rank()), keep_dims)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_reduction(
        in[0], reduced_axes(name, axes, in[0].rank()), keep_dims,
        [&](const auto& over, const expr::Scalar& x) { return expr::cast(x.dtype(), expr::prod(over, x)); });
  }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Prod>> samples() {
    return reduction_samples<Prod>({DType::F32, DType::F64, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16,
                                    DType::I8, DType::U64, DType::U32, DType::U16, DType::U8},
                                   true);
  }
};

}  // namespace tenon
