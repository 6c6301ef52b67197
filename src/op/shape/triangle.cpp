#include "op/shape/triangle.h"

#include <algorithm>

namespace tenon {

namespace {

/// Diagonals beyond the matrix are as good as those beside it.
i64 within_matrix(i64 k, Dim rows, Dim columns) {
  if (rows.is_constant()) k = std::max(k, -rows.value());
  return columns.is_constant() ? std::min(k, columns.value()) : k;
}

}  // namespace

Types infer_triangle(std::string_view op, Operands in) {
  require_operands(op, in, 1);
  require(in[0].type.rank() >= 2, "{}: x is {}, expected rows and columns as last dimensions", op, in[0].type);
  return {in[0].type};
}

expr::Expr define_triangle(const Type& x, i64 k, bool lower) {
  const auto out = expr::indices(x.shape);
  const expr::Index &row = out[out.size() - 2], &column = out.back();
  const i64 diagonal = within_matrix(k, row.extent(), column.extent());
  const expr::Affine above = column - row - diagonal;
  const expr::Where kept = lower ? above <= expr::Affine(0) : above >= expr::Affine(0);
  return expr::compute({x}, expr::dims(out), expr::where(kept, expr::Input(0, x)(expr::ats(out)), 0));
}

}  // namespace tenon
