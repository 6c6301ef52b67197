// A model file, read and checked, before anything is made of it.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "onnx/proto.h"
#include "tensor/array.h"

namespace tenon::onnx {

/// An input or output of the model as the file declares it.
struct Port {
  std::string name;
  pb::TypeProto type;
};

/// The graph of a file and its weights. The weights are shared by all that is imported from it.
class Model {
 public:
  /// Throws Error that begins with the path.
  static Model load(const std::string& path);
  /// Of bytes in memory; `folder` is where external data may lie, empty: nowhere. `what` begins messages.
  static Model parse(std::string_view bytes, const std::string& folder = "", const std::string& what = "model");

  const pb::ModelProto& proto() const { return *proto_; }
  /// Inputs that are no initializers.
  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }
  /// Of the whole graph, without subgraphs.
  const std::map<std::string, Array>& weights() const { return weights_; }
  /// Version of the domain's operators, "" being the standard one; 0 where the model does not use it.
  i64 opset(const std::string& domain = "") const;
  const std::string& folder() const { return folder_; }

 private:
  Model() = default;
  static Model read(std::unique_ptr<pb::ModelProto> proto, const std::string& folder);
  std::shared_ptr<const pb::ModelProto> proto_;
  std::vector<Port> inputs_, outputs_;
  std::map<std::string, Array> weights_;
  std::string folder_;
};

/// The oldest and the latest version of the standard operators that are understood.
inline constexpr i64 kFirstOpset = 1, kLastOpset = 23;

}  // namespace tenon::onnx
