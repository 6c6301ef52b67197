#include "op/image/sampling.h"

namespace tenon {

namespace {

expr::Scalar by_tap(const expr::Index& k, const std::vector<expr::Scalar>& cases) {
  expr::Scalar result = cases.back();
  for (std::size_t n = cases.size() - 1; n-- > 0;)
    result = expr::where(k <= expr::Affine(static_cast<i64>(n)), cases[n], result);
  return result;
}

}  // namespace

expr::Scalar number(Dim extent, DType t) { return expr::cast(t, expr::value(expr::Affine(extent))); }

Tap linear_tap(const expr::Scalar& x, const expr::Index& k) {
  const expr::Scalar low = expr::floor(x), f = x - low;
  return {expr::cast(DType::I64, low) + expr::value(k), by_tap(k, {1 - f, f})};
}

Tap cubic_tap(const expr::Scalar& x, const expr::Index& k, double a) {
  const expr::Scalar low = expr::floor(x), f = x - low;
  const auto near = [a](const expr::Scalar& d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [a](const expr::Scalar& d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {expr::cast(DType::I64, low) + expr::value(k - 1), by_tap(k, {far(f + 1), near(f), near(1 - f), far(2 - f)})};
}

PlanePosition plane_position(const std::vector<expr::Scalar>& at, const Shape& extents) {
  PlanePosition p{expr::value(expr::Affine(0)), expr::Scalar(1).typed(DType::Bool)};
  for (std::size_t d = 0; d < at.size(); ++d) {
    const expr::Scalar extent = expr::value(expr::Affine(extents[d]));
    p.at = p.at * extent + at[d];
    p.inside = p.inside && at[d] >= 0 && at[d] < extent;
  }
  return p;
}

}  // namespace tenon
