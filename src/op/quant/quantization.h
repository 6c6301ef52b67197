// What the quantised operators share: a scale and a zero point, one of each or one for each position along an axis.
#pragma once
#include "op/op.h"

namespace tenon {

/// What tensors are quantised to: i4, u4, i8, u8, i16, u16, i32, or floats of 8 bits.
void require_quantized(std::string_view op, DType t);
/// Throws Error unless the type is one element (shape [] or [1]) or [C] for x with C positions along the axis.
void require_per_tensor_or_axis(std::string_view op, std::string_view what, const Type& t, const Type& x, i64 axis);
/// The coordinates of the element of such an operand that belongs to the element of x at `at`.
std::vector<expr::At> quantization_at(const Type& t, const std::vector<expr::At>& at, i64 axis);

/// Operand lists of samples: x, the scale, which is positive, and a zero point, one of each or one for each position.
std::vector<SampleInput> quantization_sample(const SampleInput& x, DType scale, DType zero_point, const Shape& shape);

}  // namespace tenon
