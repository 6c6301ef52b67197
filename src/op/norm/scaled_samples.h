// Samples of operators on x, scale and bias.
#pragma once
#include "op/norm/normalization.h"

namespace tenon {

/// x, then as many as `parameters` of scale and bias, of the shape and of x's element type or the given one.
std::vector<SampleInput> scaled_sample(const Type& x, const Shape& shape, std::size_t parameters);
std::vector<SampleInput> scaled_sample(const Type& x, const Shape& shape, std::size_t parameters, DType type);

}  // namespace tenon
