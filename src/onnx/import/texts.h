// Texts and numbers.
#pragma once
#include "onnx/node.h"

namespace tenon::onnx {

/// A cast from or to texts: numbers and bools are written in the forms of ONNX Runtime, with the
/// fewest digits that give them again.
Value cast_texts(const Value& x, DType to);

}  // namespace tenon::onnx
