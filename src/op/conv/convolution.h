// What convolution and its transpose share.
#pragma once
#include "op/conv/window.h"

namespace tenon {

/// Checks operands x, w and perhaps a bias: element types, ranks 3 to 5, groups.
void require_convolution(std::string_view op, Operands in, i64 groups, const std::string& layout);
/// Throws Error unless the bias, if there is one, is [channels].
void require_bias(std::string_view op, Operands in, Dim channels);

/// Operands of a sample: shapes of x and w, and of a bias where it has channels.
std::vector<SampleInput> convolution_inputs(DType t, const Shape& x, const Shape& w, Dim bias = 0);

}  // namespace tenon
