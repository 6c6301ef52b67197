// Names and what they mean while a graph is imported: of the model, of a function that is inlined, or of a subgraph.
#pragma once
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "onnx/model.h"
#include "onnx/node.h"
#include "onnx/outline.h"
#include "onnx/report.h"

namespace tenon::onnx {

/// How deep functions and subgraphs may lie in one another.
inline constexpr int kDeepestCalls = 64;

/// What all scopes of one import share.
struct Import {
  const Model& model;
  std::unordered_map<const Node*, std::string> inputs;  ///< parameters that are inputs of the model
  std::unordered_map<Value, std::optional<Array>, ValueHash> evaluated;
  int depth = 0;               ///< of functions and subgraphs in one another
  i64 inner_nodes = 0;         ///< that stand in functions and subgraphs, as often as they were read
  int named = 0;               ///< extents that data decides
  Problems* problems;          ///< where those of nodes are collected; nullptr: the first one ends the import
  std::set<std::string> lost;  ///< outputs of nodes that had some
  Unsupported unsupported;
  Import(const Model& m, Problems* p) : model(m), problems(p), unsupported(m) {}
};

class Scope {
 public:
  explicit Scope(Import& import) : import_(import) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  void bind(const std::string& name, Value v);
  /// Throws Error where nothing has that name yet.
  Value lookup(const std::string& name);
  const std::string& folder() const { return import_.model.folder(); }
  /// Of the function that is inlined here; nullptr where the call leaves it out.
  const pb::AttributeProto* attribute(const std::string& name) const;

  /// The value where it follows from constants and extents that are known; else nullptr.
  const Array* known(const Value& v);
  /// Throws NeedsInputs where it follows from inputs of the model, else an Error that says why not.
  [[noreturn]] void ask_for(const Value& v, const std::string& what);
  /// Whether asking for it is better than a program for any value: it follows from extents of inputs and from inputs of
  /// a few integers.
  bool worth_asking(const Value& v);
  /// The extent follows from extents of the model's inputs; data decides others.
  bool follows_inputs(Dim extent) const;
  /// A name for extents that data decides, which no other operator of the import has.
  std::string fresh(const std::string& name) { return fmt::format("{}_{}", name, ++import_.named); }

  /// Outputs of a graph, whose nodes are added here. Nodes that lead to no output are left alone.
  std::vector<Value> add(const pb::GraphProto& g);
  /// Outputs of an operator, standard or a function of the model.
  std::vector<Value> apply(const pb::NodeProto& node);

  /// Values outside of a subgraph, of this scope or of those around it, that nodes in it name.
  std::vector<Value> outer_values(const pb::GraphProto& g) const;
  /// The subgraph's outputs, its parameters being `formal`; its names are hidden from here.
  std::vector<Value> inlined(const pb::GraphProto& g, const std::vector<Value>& formal);

  /// Subgraphs as functions of formal parameters of these types, followed by the values of this scope that any of them
  /// reads, which are added to `captured`.
  struct Body {
    const pb::GraphProto& graph;
    std::vector<Type> formal;
  };
  struct Functions {
    std::vector<FunctionPtr> functions;
    std::vector<Value> captured;
  };
  Functions functions(const std::vector<Body>& bodies);

 private:
  friend class Deeper;
  void add_node(const pb::NodeProto& node);
  void try_node(const pb::NodeProto& node);
  struct Needs;
  Needs needs_of(const Value& v);
  bool may_be_known(const Value& v);
  void evaluate(const Value& v);
  Value captured(const std::string& name, const Value& outer);
  std::vector<Value> call(const pb::FunctionProto& f, const NodeView& node);
  i64 opset(const std::string& domain) const;

  Import& import_;
  std::map<std::string, Value> names_;
  Scope* outer_ = nullptr;  ///< of a subgraph
  bool is_function_ = false;
  std::vector<std::pair<Value, Value>> captured_;  ///< outer value, parameter
  const NodeView* call_ = nullptr;
  const pb::FunctionProto* function_ = nullptr;
  std::vector<pb::AttributeProto> defaults_;  ///< of the function
};

/// The converter of a standard operator; nullptr where there is none.
Convert converter_of(std::string_view op);

}  // namespace tenon::onnx
