// The operators of ONNX, one list for each file of import/. A new operator is an entry there.
#pragma once
#include <span>

#include "onnx/node.h"

namespace tenon::onnx {

std::span<const Entry> control_operators();
std::span<const Entry> convolution_operators();
std::span<const Entry> determinant_operators();
std::span<const Entry> elementwise_operators();
std::span<const Entry> image_operators();
std::span<const Entry> index_operators();
std::span<const Entry> losses();
std::span<const Entry> norms();
std::span<const Entry> picture_operators();
std::span<const Entry> piece_operators();
std::span<const Entry> pool_operators();
std::span<const Entry> products();
std::span<const Entry> quantized_operators();
std::span<const Entry> random_operators();
std::span<const Entry> recurrent_operators();
std::span<const Entry> reductions();
std::span<const Entry> resizing_operators();
std::span<const Entry> scan_operators();
std::span<const Entry> sequence_operators();
std::span<const Entry> shape_operators();
std::span<const Entry> signal_operators();
std::span<const Entry> text_operators();

/// All lists.
std::vector<std::span<const Entry>> all_converters();

}  // namespace tenon::onnx
