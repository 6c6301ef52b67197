#include "op/special/triangle.h"

#include "op/formula.h"
#include "op/shape/functions.h"

namespace tenon {

Dim require_matrices(std::string_view op, const Type& a) {
  require_float(op, a);
  require(a.rank() >= 2 && a.shape[a.shape.size() - 2] == a.shape.back(),
          "{}: the matrix is {}; expected the last two dimensions to be equal", op, a);
  return a.shape.back();
}

i64 matrices_of(const Shape& shape) { return element_count(Shape(shape.begin(), shape.end() - 2)); }

Built triangle_of(const Built& x, bool lower, double diagonal) {
  const expr::Input in(0, x.type());
  const auto at = expr::indices(x.shape());
  const expr::Index &i = at[at.size() - 2], &j = at.back();
  const expr::Scalar value = in(expr::ats(at)), zero = expr::Scalar(0).typed(x.dtype());
  const expr::Scalar beside = lower ? expr::where(j < i, value, zero) : expr::where(j > i, value, zero);
  const expr::Scalar on = diagonal == 0 ? zero : diagonal == 1 ? value : value * diagonal;
  const expr::Expr e = expr::compute({x.type()}, expr::dims(at), expr::where(equals(i - j, 0), on, beside));
  return detail::apply_to<Built>(Formula{e, "triangle"}, {x});
}

Built matrix_transpose(const Built& x) {
  Ints permutation;
  for (i64 d = 0; d < x.rank(); ++d) permutation.push_back(d);
  std::swap(permutation[permutation.size() - 2], permutation.back());
  return transpose(x, permutation);
}

}  // namespace tenon
