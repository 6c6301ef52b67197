// Numbers that converters must know.
#pragma once
#include "onnx/node.h"

namespace tenon::onnx {

/// The extent as a number; NeedsInputs where it is unknown.
i64 known_extent(const Value& x, std::size_t dimension);
/// From dimension `first` on.
Ints known_extents_from(const Value& x, std::size_t first);

/// The one element of input k, or `otherwise` where it is left out. Throws Error where there are more.
double number_of(const NodeView& n, std::size_t k, std::optional<double> otherwise = {});
i64 whole_number_of(const NodeView& n, std::size_t k, std::optional<i64> otherwise = {});

}  // namespace tenon::onnx
