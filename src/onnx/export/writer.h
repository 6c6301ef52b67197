// What the writers of operators share.
#pragma once
#include <functional>
#include <map>
#include <optional>
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
///
/// Each operator is written in the first of these ways that ONNX allows for its element types, and that common runtimes
/// run: as an operator of ONNX, on operands of a wider type (exactly, or for floats of 16 and 8 bits with the one
/// rounding that ours have too), as what it consists of.
class GraphWriter {
 public:
  /// Weights of kLeastExternal bytes and more go to `apart` by their names, without data in the graph; nullptr: none
  /// do.
  GraphWriter(pb::GraphProto& graph, i64 opset, std::map<std::string, Array>* apart = nullptr)
      : graph_(graph), opset_(opset), apart_(apart) {}
  GraphWriter(const GraphWriter&) = delete;
  GraphWriter& operator=(const GraphWriter&) = delete;

  i64 opset() const { return opset_; }
  /// Of a value that is written, with all it follows from, where it is not there yet.
  std::string name_of(const Value& v);
  /// Of a parameter of the function.
  void set_input(const Value& v, const std::string& name);
  void set_weight(const Value& v, const std::string& name, const Array& value);
  /// No tensor inside gets the name.
  void reserve(const std::string& name) { taken_.insert(name); }
  /// Throws Error where the opset does not have its elements.
  void require_type(const Type& t) const;
  /// A name that nothing has.
  std::string fresh(const std::string& kind);

  struct Attributed {
    pb::NodeProto& node;
    Attributed& set(const std::string& name, i64 value);
    Attributed& set(const std::string& name, double value);
    Attributed& set(const std::string& name, const std::string& value);
    Attributed& set(const std::string& name, const Ints& value);
    Attributed& set(const std::string& name, const std::vector<double>& value);
    Attributed& set(const std::string& name, const std::vector<std::string>& value);
    std::string out(int k = 0) const { return node.output(k); }
  };
  Attributed add(const std::string& op, const std::vector<std::string>& in, int outputs = 1);

  /// Of the element type, as ONNX's Cast has it: of what does not fit it says nothing.
  std::string cast(const std::string& x, DType t);

  std::string constant(const Array& a, const std::string& kind = "constant");
  std::string constant(const Ints& list);
  /// A scalar of the element type.
  std::string number(double value, DType t);
  /// A list of extents, in which unknown ones are read from the inputs that have them.
  std::string extents(const Shape& shape);
  /// For Reshape: one unknown extent may be -1.
  std::string extents_to_reshape(const Value& x, const Shape& shape);

 private:
  using Names = std::vector<std::string>;
  using Way = std::function<Names()>;
  /// How far the graph is written.
  struct Mark {
    int nodes, initializers;
    std::size_t values, names, casts, count, unusual;
  };
  /// What is wrong with nodes since a mark, if something is.
  struct Misfit {
    std::string text;
    std::optional<DType> type;  ///< which a wider one may stand for
    bool refused = false;       ///< by the standard, else only by common runtimes
  };
  struct Search;

  void write(const Node& n);
  Names written(const Node& n);
  std::vector<Way> ways(const Node& n);
  bool attempt(Search& search, const Way& way);
  /// The same operator on wider operands, whose results are brought back.
  Names widened(const Node& n, DType from, DType to);
  Names expanded(const Node& n);
  Misfit misfit_since(const Mark& start, const Node& n, const Names& out);
  Mark mark() const;
  void roll_back(const Mark& start);
  std::string extent(const Dim& d);
  void add_initializer(const Array& a, const std::string& name);

  pb::GraphProto& graph_;
  i64 opset_;
  std::map<std::string, Array>* apart_;
  std::size_t count_ = 0;
  std::size_t unusual_ = 0;  ///< operators that had to be written with types which common runtimes lack
  std::unordered_set<std::string> taken_;
  std::unordered_map<Value, std::string, ValueHash> names_;
  std::unordered_map<std::string, DType> dtypes_;  ///< of tensors, by their names
  std::map<std::pair<std::string, DType>, std::string> casts_;
  std::vector<std::pair<Value, std::string>> inputs_;
  // In the order in which they were added, for roll_back.
  std::vector<Value> added_values_;
  std::vector<std::string> added_names_;
  std::vector<std::pair<std::string, DType>> added_casts_;
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
std::span<const Writer> recurrent_writers();
std::span<const Writer> composition_writers();
std::span<const Writer> sequence_writers();

}  // namespace tenon::onnx
