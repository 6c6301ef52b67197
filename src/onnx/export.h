// A function as a model file.
#pragma once
#include <string>

#include "ir/graph.h"
#include "onnx/proto.h"

namespace tenon::onnx {

struct ExportOptions {
  i64 opset = 17;  ///< of the standard operators, from kFirstExported to kLastOpset
};
inline constexpr i64 kFirstExported = 13;

/// Parameters are inputs, named as they are or input_0, …; results are outputs, output_0, …; constants are
/// initializers. Unknown extents stay, by their names. Operators without a counterpart are written as what they expand
/// to. Throws Error that names an operator, or an element type, which ONNX lacks.
pb::ModelProto export_model(const Function& f, const ExportOptions& options = {});

/// Writes a file, at once or not at all.
void write_model(const std::string& path, const pb::ModelProto& model);

}  // namespace tenon::onnx
