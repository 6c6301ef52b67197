#pragma once
#include "expr/build.h"

namespace tenon {

/// f(x) of an odd function with f'(0) = 1, given f(|x|); zeros keep their sign.
inline expr::Scalar odd_from_magnitude(const expr::Scalar& x, const expr::Scalar& of_magnitude) {
  return expr::where(x > 0, of_magnitude, expr::where(x < 0, -of_magnitude, x));
}

}  // namespace tenon
