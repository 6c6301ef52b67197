// What the writers of operators share.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/graph.h"
#include "onnx/proto.h"

namespace tenon::onnx {

/// Adds nodes to a graph; values are known by the names of their tensors in it.
class GraphWriter {
 public:
  GraphWriter(pb::GraphProto& graph, i64 opset) : graph_(graph), opset_(opset) {}
  GraphWriter(const GraphWriter&) = delete;
  GraphWriter& operator=(const GraphWriter&) = delete;

  i64 opset() const { return opset_; }
  /// Of a value that is written, with all it follows from, where it is not there yet.
  std::string name_of(const Value& v);
  void set_name(const Value& v, const std::string& name) { names_[v] = name, taken_.insert(name); }
  /// A name that nothing has.
  std::string fresh(const std::string& kind);

  struct Attributed {
    pb::NodeProto& node;
    Attributed& set(const std::string& name, i64 value);
    Attributed& set(const std::string& name, double value);
    Attributed& set(const std::string& name, const std::string& value);
    Attributed& set(const std::string& name, const Ints& value);
    std::string out(int k = 0) const { return node.output(k); }
  };
  Attributed add(const std::string& op, const std::vector<std::string>& in, int outputs = 1);

  std::string constant(const Array& a, const std::string& kind = "constant");
  std::string constant(const Ints& list);
  /// A scalar of the element type.
  std::string number(double value, DType t);
  /// A list of extents, in which unknown ones are read from the inputs that have them.
  std::string extents(const Shape& shape);
  /// For Reshape: one unknown extent may be -1.
  std::string extents_to_reshape(const Value& x, const Shape& shape);

 private:
  void write(const Node& n);
  std::string extent(const Dim& d);
  pb::GraphProto& graph_;
  i64 opset_;
  std::size_t count_ = 0;
  std::unordered_set<std::string> taken_;
  std::unordered_map<Value, std::string, ValueHash> names_;
};

/// Writes the node, and gives the names of its outputs.
using Write = std::vector<std::string> (*)(GraphWriter&, const Node&);
struct Writer {
  std::string_view op;
  Write write;
};
std::span<const Writer> elementwise_writers();
std::span<const Writer> shape_writers();
std::span<const Writer> net_writers();

}  // namespace tenon::onnx
