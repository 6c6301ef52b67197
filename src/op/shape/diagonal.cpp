#include "op/shape/diagonal.h"

#include <algorithm>

namespace tenon {

namespace {

Dim diagonal_length(Dim rows, Dim columns, i64 k) {
  if (k < 0 ? rows <= -(k + 1) : columns <= k) return 0;
  return k < 0 ? std::min(rows + k, columns) : std::min(rows, columns - k);
}

}  // namespace

Types Diagonal::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  const i64 rank = x.rank();
  for (const i64 axis : {axis1, axis2})
    require(axis >= -rank && axis < rank, "diagonal: axis {} is out of range for {}", axis, x);
  const auto a = static_cast<std::size_t>(normal_axis(axis1, rank)),
             b = static_cast<std::size_t>(normal_axis(axis2, rank));
  require(a != b, "diagonal: the axes {} and {} are the same; expected two", axis1, axis2);
  const Dim rows = x.shape[a], columns = x.shape[b];
  Type out{x.dtype, {}};
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if (d != a && d != b) out.shape.push_back(x.shape[d]);
  out.shape.push_back(diagonal_length(rows, columns, k));
  return {out};
}

expr::Expr Diagonal::define(std::span<const Type> in) const {
  const Operand operand[1] = {{in[0]}};
  const auto out = expr::indices(infer(operand)[0].shape);
  const auto a = static_cast<std::size_t>(normal_axis(axis1, in[0].rank())),
             b = static_cast<std::size_t>(normal_axis(axis2, in[0].rank()));
  const i64 offset = out.back().extent() == 0 ? 0 : k;
  std::vector<expr::At> at;
  for (std::size_t d = 0, next = 0; d < in[0].shape.size(); ++d) {
    if (d == a)
      at.emplace_back(out.back() + std::max<i64>(-offset, 0));
    else if (d == b)
      at.emplace_back(out.back() + std::max<i64>(offset, 0));
    else
      at.emplace_back(out[next++]);
  }
  return expr::compute({in[0]}, expr::dims(out), expr::Input(0, in[0])(at));
}

}  // namespace tenon
