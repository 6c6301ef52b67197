#include "op/norm/local_response_norm.h"

namespace tenon {

Types LocalResponseNorm::infer(Operands in) const {
  constexpr i64 kMost = i64(1) << 20;
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require_float(name, x);
  require(x.rank() >= 2, "local_response_norm: x is {}, expected [N, channels, ...]", x);
  require(size > 0 && size <= kMost, "local_response_norm: the size is {}, expected 1 to {} channels", size, kMost);
  return {x};
}

namespace {

/// base^beta; the exponents in use are roots.
expr::Scalar power(const expr::Scalar& base, double beta) {
  if (beta == 0.75) return expr::sqrt(base) * expr::sqrt(expr::sqrt(base));
  if (beta == 0.5) return expr::sqrt(base);
  return beta == 1 ? base : expr::pow(base, beta);
}

}  // namespace

expr::Expr LocalResponseNorm::define(std::span<const Type> in) const {
  const expr::Input x(0, in[0]);
  const auto i = expr::indices(in[0].shape);
  const expr::Index k("k", size);
  auto at = expr::ats(i), neighbour = at;
  neighbour[1] = i[1] + k - (size - 1) / 2;
  const DType t = in[0].dtype, wide = accumulate_type(t);
  const expr::Scalar v = expr::cast(wide, x.outside(0)(neighbour));
  const expr::Scalar base = bias + alpha / static_cast<double>(size) * expr::sum({k}, v * v);
  return expr::compute({in[0]}, expr::dims(i), expr::cast(t, expr::cast(wide, x(at)) / power(base, beta)));
}

std::vector<Case<LocalResponseNorm>> LocalResponseNorm::samples() {
  return {{{.size = 3, .alpha = 0.5}, {{{DType::F32, {2, 5, 3}}}}},
          {{.size = 4, .alpha = 1, .beta = 0.5, .bias = 2}, {{{DType::F64, {2, 5, 2, 2}}}}},
          {{}, {{{DType::F32, {3, 4}}}}},
          {{.size = 1}, {{{DType::F32, {1, 2, 3}}}}},
          {{.size = 9, .alpha = 1}, {{{DType::F32, {1, 3, 2}}}}},
          {{}, {{{DType::F32, {2, 0, 3}}}}},
          {{.size = 3, .alpha = 0.5}, {{{DType::F16, {2, 5}}}}},
          {{.size = 3, .alpha = 0.5}, {{{DType::BF16, {2, 5}}}}}};
}

}  // namespace tenon
