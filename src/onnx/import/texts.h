// Texts and numbers.
#pragma once
#include "onnx/node.h"

namespace tenon::onnx {

/// A cast from or to texts: numbers are written as NumPy does, with the fewest digits that give them again.
Value cast_texts(const Value& x, DType to);

}  // namespace tenon::onnx
