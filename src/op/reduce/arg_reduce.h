// What arg_max and arg_min share.
#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

Types infer_arg_reduction(std::string_view op, Operands in, i64 axis, bool keep_dims);
expr::Expr define_arg_reduction(std::string_view op, const Type& in, i64 axis, bool keep_dims, expr::Reducer reducer);

template <class T>
std::vector<Case<T>> arg_reduction_samples() {
  std::vector<Case<T>> list;
  auto add = [&](i64 axis, bool keep_dims, Type t) {
    const double low = is_signed(t.dtype) ? -3 : 0;
    list.push_back({T{.axis = axis, .keep_dims = keep_dims}, {{std::move(t), low, 3, false}}});
  };
  add(1, false, {DType::F32, {3, 5}});
  add(0, true, {DType::F32, {3, 5}});
  add(-1, false, {DType::F32, {7}});
  add(1, false, {DType::F32, {2, 3, 1, 4}});
  add(0, false, {DType::F32, {2, 0}});
  for (DType d : kAllDTypes) add(1, false, {d, {2, 9}});
  return list;
}

}  // namespace tenon
