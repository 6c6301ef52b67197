// Operators of ONNX that are ours under another name, with the same operands: the table that import and export share.
#pragma once
#include <span>

#include "onnx/node.h"

namespace tenon::onnx {

struct Regular {
  std::string_view onnx, ours;
  i64 since = 1;  ///< the first opset that has it, or has it for the element types that are usual
  struct Pair {
    std::string_view onnx, ours;
  };
  std::vector<Pair> attributes = {};  ///< of equal meaning; ONNX's defaults are ours
};
std::span<const Regular> regular_operators();

/// nullptr where ONNX's operator is not regular.
const Regular* find_regular(std::string_view onnx);
std::vector<Value> apply_regular(const Regular& r, const NodeView& n);

/// The second operand as it stands beside the first: before opset 7, attributes `broadcast` and `axis` say so.
Value aligned(const NodeView& n, const Value& a, const Value& b);

}  // namespace tenon::onnx
