// What operators that normalise along an axis share.
#pragma once
#include "op/op.h"

namespace tenon {

/// A float operand, at least one element along the axis; the result has its type.
inline Types infer_along_axis(std::string_view op, Operands in, i64 axis) {
  require_operands(op, in, 1);
  const Type& x = in[0].type;
  require_float(op, x);
  require(x.shape[static_cast<std::size_t>(require_axis(op, x, axis))] > 0 || element_count(x.shape) > 0,
          "{}: axis {} of {} is empty", op, axis, x);
  return {x};
}

template <class T>
std::vector<Case<T>> along_axis_samples() {
  return {{{-1}, {{{DType::F32, {3, 5}}}}},      {{0}, {{{DType::F32, {3, 5}}}}},
          {{1}, {{{DType::F64, {2, 3, 1, 4}}}}}, {{0}, {{{DType::F32, {1}}}}},
          {{0}, {{{DType::F32, {6}}, 80, 120}}}, {{-1}, {{{DType::F16, {2, 7}}}}},
          {{-1}, {{{DType::BF16, {2, 7}}}}},     {{1}, {{{DType::F32, {0, 3}}}}}};
}

}  // namespace tenon
