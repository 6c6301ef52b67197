// A function as a model file.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "onnx/proto.h"

namespace tenon::onnx {

struct ExportOptions {
  i64 opset = 17;  ///< of the standard operators, from kFirstExported to kLastOpset
  /// Parameters of these names are initializers with these values, and no inputs.
  std::map<std::string, Array> weights = {};
  std::vector<std::string> outputs = {};  ///< names of the results; empty: output_0, …
};
inline constexpr i64 kFirstExported = 13;

/// Parameters are inputs, named as they are or input_0, …; constants are initializers. Unknown extents stay, by their
/// names. Operators without a counterpart are written as what they expand to. Throws Error that names an operator, or
/// an element type, which ONNX lacks.
pb::ModelProto export_model(const Function& f, const ExportOptions& options = {});

/// Writes a file, at once or not at all. Throws Error where the model has 2 GiB or more, which no file holds.
void write_model(const std::string& path, const pb::ModelProto& model);

enum class ExternalData {
  IfNeeded,  ///< where the model would have 2 GiB or more
  Always
};
/// Writes what export_model makes; with external data, weights of kLeastExternal bytes and more are in the file
/// external_path(path) beside it, whose name the model says. First that file and then the model come to be, each at
/// once or not at all. Says whether there is external data.
bool export_to(const std::string& path, const Function& f, const ExportOptions& options = {},
               ExternalData external = ExternalData::IfNeeded);
inline constexpr i64 kLeastExternal = 1024;
std::string external_path(const std::string& path);

}  // namespace tenon::onnx
