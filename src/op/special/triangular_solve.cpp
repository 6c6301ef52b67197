#include "op/special/triangular_solve.h"

#include "op/math/functions.h"
#include "op/math/matmul.h"

namespace tenon {

Types TriangularSolve::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &a = in[0].type, &b = in[1].type;
  const Dim n = require_matrices(name, a);
  require_same_dtype(name, in);
  bool fits = b.rank() == a.rank();
  for (std::size_t d = 0; fits && d + 2 < a.shape.size(); ++d) fits = a.shape[d] == b.shape[d];
  require(fits, "triangular_solve: A is {} and B {}; expected the same leading dimensions", a, b);
  const Dim equations = left ? b.shape[b.shape.size() - 2] : b.shape.back();
  require(equations == n, "triangular_solve: A is {} and B {}; expected {} {}", a, b, n,
          left ? "rows of B" : "columns of B, which A multiplies from the right");
  return {b};
}

std::vector<Array> TriangularSolve::evaluate(std::span<const Array> in) const {
  const Array &a = in[0], &b = in[1];
  const i64 n = a.shape().back(), rows = b.shape()[b.shape().size() - 2], columns = b.shape().back();
  const i64 sides = left ? columns : rows;
  const bool turned = transpose == left, forward = lower != turned;  // X op(A) = B is op(A)^T X^T = B^T
  Array x(b.type());
  std::vector<double> y(static_cast<std::size_t>(n));
  for (i64 m = 0; m < matrices_of(a.shape()); ++m)
    for (i64 side = 0; side < sides; ++side)
      for (i64 step = 0; step < n; ++step) {
        auto coefficient = [&](i64 i, i64 j) { return a.at(m * n * n + (turned ? j * n + i : i * n + j)).f; };
        auto unknown = [&](i64 k) { return forward ? k : n - 1 - k; };
        const i64 i = unknown(step), at = m * rows * columns + (left ? i * columns + side : side * columns + i);
        double sum = b.at(at).f;
        for (i64 k = 0; k < step; ++k) sum -= coefficient(i, unknown(k)) * y[static_cast<std::size_t>(unknown(k))];
        const double diagonal = unit ? 1 : coefficient(i, i);
        require(diagonal != 0, "triangular_solve: matrix {} is singular: element {} of the diagonal is 0", m, i);
        y[static_cast<std::size_t>(i)] = sum / diagonal;
        x.set(at, y[static_cast<std::size_t>(i)]);
      }
  return {x};
}

// dB = op(A)^-T dX, and the gradient of op(A) is -dB X^T; from the right dB = dX op(A)^-T and -X^T dB. It counts in the
// triangle that is read (Giles, Collected matrix derivative results, 2008).
Values TriangularSolve::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                            std::span<const Value> grad) const {
  const Built a{&b, in[0]}, x{&b, out[0]}, dx{&b, grad[0]};
  const Built db = detail::apply_to<Built>(TriangularSolve{left, lower, !transpose, unit}, {a, dx});
  const Built xt = matrix_transpose(x);
  Built da = left ? detail::apply_to<Built>(Matmul{}, {db, xt}) : detail::apply_to<Built>(Matmul{}, {xt, db});
  if (transpose) da = matrix_transpose(da);
  return {triangle_of(-da, lower, unit ? 0 : 1).value, db.value};
}

std::vector<Case<TriangularSolve>> TriangularSolve::samples() {
  std::vector<Case<TriangularSolve>> list;
  auto add = [&](TriangularSolve op, Shape a, Shape b, DType t = DType::F32) {
    list.push_back({op, {{{t, std::move(a)}, 0.5, 1.5}, {{t, std::move(b)}}}});
  };
  for (bool left : {true, false})
    for (bool lower : {true, false})
      for (bool transpose : {true, false})
        for (bool unit : {true, false}) add({left, lower, transpose, unit}, {3, 3}, left ? Shape{3, 2} : Shape{2, 3});
  for (bool left : {true, false}) {
    add({left}, {2, 3, 3}, left ? Shape{2, 3, 2} : Shape{2, 2, 3});
    add({left}, {1, 1}, {1, 1});
    add({left}, {0, 0}, left ? Shape{0, 2} : Shape{2, 0});
    add({left}, {0, 2, 2}, {0, 2, 2});
    add({left}, {2, 2}, left ? Shape{2, 0} : Shape{0, 2});
    add({left}, {4, 4}, left ? Shape{4, 70} : Shape{70, 4});
    for (DType t : {DType::F64, DType::F16, DType::BF16}) add({left}, {2, 2}, {2, 2}, t);
  }
  return list;
}

}  // namespace tenon
