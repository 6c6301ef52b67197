#pragma once
#include "expr/build.h"

namespace tenon {

/// a - b * trunc(a / b), exactly: C's remainder, with the sign of a, also of its zeros. On integers 0 where b is 0.
expr::Scalar truncated_remainder(const expr::Scalar& a, const expr::Scalar& b);

}  // namespace tenon
