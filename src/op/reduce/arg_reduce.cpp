#include "op/reduce/arg_reduce.h"

namespace tenon {

Types infer_arg_reduction(std::string_view op, Operands in, i64 axis, bool keep_dims) {
  require_operands(op, in, 1);
  const Ints axes = reduced_axes(op, {axis}, in[0].type.rank());
  require_elements(op, in[0].type, axes);
  return {Type{DType::I64, reduced_shape(in[0].type.shape, axes, keep_dims)}};
}

expr::Expr define_arg_reduction(std::string_view op, const Type& in, i64 axis, bool keep_dims, expr::Reducer reducer) {
  return define_reduction(in, reduced_axes(op, {axis}, in.rank()), keep_dims,
                          [&](const auto& over, const expr::Scalar& x) { return expr::reduce(reducer, over, x); });
}

}  // namespace tenon
