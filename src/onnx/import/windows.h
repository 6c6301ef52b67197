// Windows of convolutions and pools as ONNX describes them.
#pragma once
#include "onnx/node.h"

namespace tenon::onnx {

/// One number for each spatial dimension; all pads given as begin and end.
struct WindowAttributes {
  Ints size, strides, dilations, begin, end;
};

/// `size` is what kernel_shape must agree with, or empty where that attribute alone says it. `x` is [N, C, spatial…];
/// pads follow from auto_pad where that says so, which takes known extents.
WindowAttributes window_attributes(const NodeView& n, const Value& x, const Ints& size);
/// The same without pads, which are left as zeros.
WindowAttributes window_sizes(const NodeView& n, std::size_t rank, const Ints& size);

enum class AutoPad { Explicit, SameUpper, SameLower, Valid };
AutoPad auto_pad_of(const NodeView& n);
/// pads_begin and pads_end from the attribute pads, zeros where it is missing. Throws Error where auto_pad says
/// otherwise.
void read_pads(const NodeView& n, WindowAttributes& w);

/// [N, C, spatial…] with at least one spatial dimension; how many.
std::size_t spatial_rank(const Value& x);

}  // namespace tenon::onnx
