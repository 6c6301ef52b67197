// What operators on triangular matrices share.
#pragma once
#include "op/special/scan.h"

namespace tenon {

/// Throws Error unless the last two dimensions are equal; returns their extent.
Dim require_matrices(std::string_view op, const Type& a);
/// How many matrices the leading dimensions hold.
i64 matrices_of(const Shape& shape);

/// x within a triangle of its last two dimensions, times `diagonal` on the diagonal, and 0 outside.
Built triangle_of(const Built& x, bool lower, double diagonal = 1);
Built matrix_transpose(const Built& x);

}  // namespace tenon
