// What tril and triu share.
#pragma once
#include "op/op.h"

namespace tenon {

Types infer_triangle(std::string_view op, Operands in);
/// x where column - row is at most k (lower) or at least k (upper), else 0.
expr::Expr define_triangle(const Type& x, i64 k, bool lower);

template <class T>
std::vector<Case<T>> triangle_samples() {
  std::vector<Case<T>> list;
  for (const i64 k : {0, 1, -2, 9, -9}) list.push_back({{k}, {{{DType::F32, {4, 5}}}}});
  list.push_back({{-1}, {{{DType::F64, {2, 3, 3}}}}});
  list.push_back({{std::numeric_limits<i64>::min()}, {{{DType::F32, {3, 2}}}}});
  list.push_back({{0}, {{{DType::F32, {0, 3}}}}});
  for (const DType t : {DType::F16, DType::BF16, DType::I32, DType::U8, DType::Bool})
    list.push_back({{1}, {{{t, {3, 3}}, 0, 5, is_float(t)}}});
  return list;
}

}  // namespace tenon
