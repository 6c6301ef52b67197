// Writes ONNX graphs node by node, with random weights, as exporters of frameworks do.
#pragma once
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "onnx/proto.h"
#include "tensor/array.h"

namespace tenon::bench {

using Attribute = std::variant<i64, float, std::string, std::vector<i64>>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;
using Extents = std::vector<i64>;

class GraphMaker {
 public:
  GraphMaker(const std::string& name, i64 opset = 17);

  /// Of f32. Gives its name, as all of these do.
  std::string input(const std::string& name, const Extents& shape);
  /// Of f32, evenly from -spread to spread.
  std::string weight(const Extents& shape, double spread);
  std::string positive_weight(const Extents& shape);  ///< of f32, from 0.5 to 1.5
  std::string constant(const std::vector<i64>& values);
  std::string scalar(float value);
  std::string node(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes = {});
  std::vector<std::string> node_of(const std::string& op, const std::vector<std::string>& inputs, int outputs,
                                   const Attributes& attributes = {});
  void output(const std::string& name);

  /// Shapes of the inputs, in their order.
  const std::vector<Shape>& inputs() const { return inputs_; }

  void save(const std::string& path) const;

 private:
  onnx::pb::TensorProto* initializer(const std::string& name, int type, const Extents& shape);
  std::string fresh(const std::string& stem) { return stem + "_" + std::to_string(names_++); }
  std::string numbers(const Extents& shape, double lowest, double highest);
  onnx::pb::ModelProto model_;
  onnx::pb::GraphProto& graph_;
  std::vector<Shape> inputs_;
  Rng rng_{1};
  int names_ = 0;
};

}  // namespace tenon::bench
