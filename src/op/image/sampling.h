// Reading images at coordinates that are data: what grid_sample, roi_align and deform_conv share.
#pragma once
#include "op/op.h"

namespace tenon {

/// One of the elements, along one dimension, that a sample is made of.
struct Tap {
  expr::Scalar at;      ///< i64, perhaps outside
  expr::Scalar weight;  ///< of the coordinate's type
};
/// Two neighbours, k = 0 and 1.
Tap linear_tap(const expr::Scalar& coordinate, const expr::Index& k);
/// Four neighbours, k = 0 to 3; Keys' kernel.
Tap cubic_tap(const expr::Scalar& coordinate, const expr::Index& k, double a);

/// The row-major position of taps in a plane of the given extents, and whether all of them are inside.
struct PlanePosition {
  expr::Scalar at, inside;
};
PlanePosition plane_position(const std::vector<expr::Scalar>& at, const Shape& extents);
/// The extent as a number of type t.
expr::Scalar number(Dim extent, DType t);

}  // namespace tenon
