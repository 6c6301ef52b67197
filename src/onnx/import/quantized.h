// Quantised operands: what the converters of quantised operators share.
#pragma once
#include "onnx/node.h"

namespace tenon::onnx {

/// A scalar from one element. Throws Error that begins with `what` where there are more.
Value single(const Value& x, const std::string& what);
/// A scalar, or elements [C] as they stand along an axis of x, which has C positions there.
Value along_axis(const Value& elements, const Value& x, i64 axis, const std::string& what);
/// x - zero_point as i32, which holds all differences of narrower integers.
Value centered(const Value& x, const Value& zero_point);
/// x as another type, where floats of 8 bits become the largest number instead of infinity or NaN; NaN stays NaN.
Value saturated_cast(const Value& x, DType to);
/// round(sum scale) + zero_point, halves to even, as integers of the zero point's type that saturate.
Value requantized(const Value& sum, const Value& scale, const Value& zero_point);

}  // namespace tenon::onnx
