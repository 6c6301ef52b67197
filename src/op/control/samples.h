// Small functions for the samples of operators that hold functions.
#pragma once
#include "op/control/function.h"
#include "op/functions.h"

namespace tenon {

/// (x, y) -> tanh(x) * y + x
inline FunctionPtr scaled_sum(DType t, const Shape& shape) {
  const Type type{t, shape};
  return make_function("scaled_sum", {type, type},
                       [](const auto& p) { return std::vector<Value>{tanh(p[0]) * p[1] + p[0]}; });
}
/// (x, y) -> x * y
inline FunctionPtr product(DType t, const Shape& shape) {
  const Type type{t, shape};
  return make_function("product", {type, type}, [](const auto& p) { return std::vector<Value>{p[0] * p[1]}; });
}

}  // namespace tenon
