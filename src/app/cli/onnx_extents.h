// Unknown extents of an ONNX model, given on the command line.
#pragma once
#include <string>
#include <vector>

#include "onnx/model.h"

namespace tenon::app {

/// From "batch=8", by the names in the file. Throws Error that lists these for another name.
DimValues extents_of_model(const onnx::Model& model, const std::vector<std::string>& given);

}  // namespace tenon::app
