#include "op/math/remainder.h"

namespace tenon {

expr::Scalar truncated_remainder(const expr::Scalar& a, const expr::Scalar& b) {
  if (is_float(a.dtype())) {
    const expr::Scalar r = expr::mod(expr::abs(a), expr::abs(b));
    return expr::where(a == 0 && r == 0, a, expr::where(a < 0, -r, r));
  }
  const expr::Scalar r = expr::mod(a, b);  // has the sign of b
  return expr::where(r != 0 && (a < 0) != (r < 0), r - b, r);
}

}  // namespace tenon
