#include "op/special/cholesky.h"

#include "op/math/functions.h"
#include "op/math/matmul.h"
#include "op/special/triangular_solve.h"

namespace tenon {

Types Cholesky::infer(Operands in) const {
  require_operands(name, in, 1);
  require_matrices(name, in[0].type);
  return {in[0].type};
}

std::vector<Array> Cholesky::evaluate(std::span<const Array> in) const {
  const Array& a = in[0];
  const i64 n = a.shape().back();
  Array l = Array::full(a.type(), 0.0);
  std::vector<double> rows(static_cast<std::size_t>(n * n));
  auto at = [&](i64 i, i64 j) -> double& { return rows[static_cast<std::size_t>(i * n + j)]; };
  for (i64 m = 0; m < matrices_of(a.shape()); ++m)
    for (i64 i = 0; i < n; ++i)
      for (i64 j = 0; j <= i; ++j) {
        double sum = a.at(m * n * n + (lower ? i * n + j : j * n + i)).f + (i == j ? jitter : 0);
        for (i64 k = 0; k < j; ++k) sum -= at(i, k) * at(j, k);
        require(i != j || sum > 0, "cholesky: matrix {} is not positive definite: pivot {} is not positive", m, i);
        at(i, j) = i == j ? std::sqrt(sum) : sum / at(j, j);
        l.set(m * n * n + (lower ? i * n + j : j * n + i), at(i, j));
      }
  return {l};
}

// With P the lower triangle of L^T dL, its diagonal halved, and S = L^-T P L^-1: dA is the triangle of S + S^T with the
// diagonal halved, since each element beside the diagonal stands for two.
Values Cholesky::vjp(Builder& b, std::span<const Value>, std::span<const Value> out,
                     std::span<const Value> grad) const {
  const Built factor{&b, out[0]}, given{&b, grad[0]};
  const Built l = lower ? factor : matrix_transpose(factor), dl = lower ? given : matrix_transpose(given);
  const Built p = triangle_of(detail::apply_to<Built>(Matmul{}, {matrix_transpose(l), dl}), true, 0.5);
  const Built half = detail::apply_to<Built>(TriangularSolve{.transpose = true}, {l, p});
  const Built s = detail::apply_to<Built>(TriangularSolve{.left = false}, {l, half});
  return {triangle_of(s + matrix_transpose(s), lower, 0.5).value};
}

std::vector<Case<Cholesky>> Cholesky::samples() {
  std::vector<Case<Cholesky>> list;
  auto add = [&](Cholesky op, Shape shape, DType t = DType::F32) {
    list.push_back({op, {{{t, std::move(shape)}, -1, 1}}});
  };
  for (bool lower : {true, false}) {
    add({lower, 5}, {3, 3});
    add({lower, 5}, {2, 4, 4});
    add({lower, 3}, {1, 1});
    add({lower, 5}, {0, 2, 2});
    add({lower, 5}, {2, 0, 0});
    for (DType t : {DType::F64, DType::F16, DType::BF16}) add({lower, 5}, {3, 3}, t);
  }
  add({true, 90}, {70, 70});
  return list;
}

}  // namespace tenon
