// Which wider element types an operator may be computed in, with the same values.
#pragma once
#include <vector>

#include "ir/graph.h"

namespace tenon::onnx {

/// Types that may stand for `narrow` among the operands of `n`, best first. What is computed in them and brought back,
/// integers modulo their range, is what `n` gives: of f16 and bf16 computed in f32 and rounded once, of integers
/// exactly.
std::vector<DType> wider_types(const Node& n, DType narrow);

}  // namespace tenon::onnx
