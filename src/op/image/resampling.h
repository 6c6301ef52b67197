// Resampling one axis at positions that are known beforehand.
#pragma once
#include "op/handle.h"

namespace tenon {

/// Element o of the result is the sum over k of weights[o, k] x[ids[o, k]].
struct Taps {
  Array ids;      ///< i64 [extent, taps]
  Array weights;  ///< f64 [extent, taps]
};
/// Drops taps that weigh nothing anywhere, and the table where it changes nothing: then the same value. Positions at
/// even distances become slices or repetitions. Computed in x's type.
Built resample_axis(const Built& x, i64 axis, const Taps& taps);

}  // namespace tenon
