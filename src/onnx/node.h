// A node of an ONNX graph as the converters of operators see it: operands as values, attributes by name.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "onnx/proto.h"

namespace tenon::onnx {

class Scope;

/// Something must be known before a graph can be made: the value of inputs of the model, or the extents of all.
class NeedsInputs : public Error {
 public:
  NeedsInputs(const std::string& what, std::vector<std::string> names) : Error(what), values(std::move(names)) {}
  std::vector<std::string> values;  ///< inputs whose value is needed; empty: extents of inputs are
};

class NodeView {
 public:
  /// `inner`: attributes of the function that is being inlined, if any; those of `node` may refer to them.
  NodeView(const pb::NodeProto& node, i64 opset, Scope& scope);

  const std::string& op() const { return node_.op_type(); }
  /// The version of the standard operators.
  i64 opset() const { return opset_; }
  const pb::NodeProto& proto() const { return node_; }
  Scope& scope() const { return scope_; }

  std::size_t inputs() const { return in_.size(); }
  bool has(std::size_t k) const { return k < in_.size() && in_[k].defined(); }
  /// Throws Error where the input is left out.
  const Value& in(std::size_t k) const;
  const std::vector<Value>& all() const { return in_; }
  std::size_t outputs() const { return static_cast<std::size_t>(node_.output_size()); }
  bool wants(std::size_t k) const { return k < outputs() && !node_.output(static_cast<int>(k)).empty(); }

  bool has_attribute(const std::string& name) const { return find(name) != nullptr; }
  /// Throw Error where the attribute is there with another type, or missing and no default is given.
  i64 integer(const std::string& name, std::optional<i64> otherwise = {}) const;
  bool flag(const std::string& name, bool otherwise) const { return integer(name, otherwise ? 1 : 0) != 0; }
  double real(const std::string& name, std::optional<double> otherwise = {}) const;
  std::string text(const std::string& name, std::optional<std::string> otherwise = {}) const;
  Ints ints(const std::string& name, std::optional<Ints> otherwise = {}) const;
  std::vector<double> reals(const std::string& name, std::optional<std::vector<double>> otherwise = {}) const;
  std::vector<std::string> texts(const std::string& name, std::optional<std::vector<std::string>> otherwise = {}) const;
  Array tensor(const std::string& name) const;
  const pb::GraphProto& graph(const std::string& name) const;
  const pb::AttributeProto* find(const std::string& name) const;

  /// The value of input k, where it follows from constants and from extents. `what` is for the message.
  Array value(std::size_t k) const;
  /// The elements of input k, a list of integers or one, some of which may be unknown extents.
  Shape extents(std::size_t k) const;
  /// The same as numbers.
  Ints ints_of(std::size_t k) const;
  /// The same; nothing where data decides: the operator then reads it when it runs.
  std::optional<Shape> extents_or_data(std::size_t k) const;
  /// Throws NeedsInputs where the extent is unknown and follows from inputs of the model; data decides it else.
  bool is_known(Dim extent) const;
  /// The same where known without asking for more; nothing else.
  std::optional<Array> known(std::size_t k) const;
  std::optional<Shape> known_extents(std::size_t k) const;

 private:
  const pb::AttributeProto& require_attribute(const std::string& name, pb::AttributeProto::AttributeType type,
                                              const char* kind) const;
  const pb::NodeProto& node_;
  i64 opset_;
  Scope& scope_;
  std::vector<Value> in_;
};

/// A constant in the graph.
inline Value constant_of(Array a) { return {Node::leaf(std::move(a)), 0}; }
Value constant_of(const Ints& list);

/// Values of the outputs that are wanted; others may be left out or undefined.
using Convert = std::vector<Value> (*)(const NodeView&);
struct Entry {
  std::string_view op;
  Convert convert;
};

}  // namespace tenon::onnx
