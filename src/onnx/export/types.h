// Which element types the operators of ONNX take.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "onnx/proto.h"
#include "tensor/dtype.h"

namespace tenon::onnx {

/// Of one node; types of operands and results by position, nothing for what is left out or is no tensor.
struct NodeTypes {
  std::vector<std::optional<DType>> results;
  std::optional<DType> refused;  ///< an operand's, which the operator does not take in this opset
  std::optional<DType> unusual;  ///< one that the standard allows and common runtimes have no kernel for
};

/// As the schemas of libonnx have it, which end with opset 17: of later ones what they had then, since they take more
/// types, never fewer. Throws Error for operators that neither they nor the table of later ones know.
NodeTypes types_of_node(const pb::NodeProto& node, i64 opset, std::span<const std::optional<DType>> operands);

}  // namespace tenon::onnx
