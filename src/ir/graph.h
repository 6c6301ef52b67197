// The tensor-level graph: immutable, shared nodes; values; functions.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace tenon {

class Node;
using NodeRef = std::shared_ptr<Node>;

/// One output of a node. Default-constructed: undefined.
class Value {
 public:
  Value() = default;
  Value(NodeRef node, std::int32_t output) : node_(std::move(node)), output_(output) {}
  bool defined() const { return node_ != nullptr; }
  explicit operator bool() const { return defined(); }
  const NodeRef& node() const { return node_; }
  std::int32_t output() const { return output_; }
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  i64 rank() const { return type().rank(); }
  friend bool operator==(const Value& a, const Value& b) { return a.node_ == b.node_ && a.output_ == b.output_; }

 private:
  friend class Node;
  NodeRef node_;
  std::int32_t output_ = 0;
};

struct ValueHash {
  std::size_t operator()(const Value& v) const {
    return std::hash<const void*>()(v.node().get()) + static_cast<std::size_t>(v.output());
  }
};

/// An operator applied to operands. Immutable, but for one thing: a node whose value has been computed may become a
/// leaf that holds it (`settle`), which lets its operands go.
class Node : public std::enable_shared_from_this<Node> {
 public:
  /// Infers the types. Throws the operator's Error where operands do not fit.
  static NodeRef make(OpRef op, SmallVector<Value, 3> args);
  /// A parameter: an identity of its own.
  static NodeRef parameter(Type type, std::string name = {});
  /// A leaf that holds data (see settle).
  static NodeRef leaf(Array data);
  /// What `node` is once its results are there, whose types may say more than inference could.
  static NodeRef settled(const Node& node, SmallVector<Array, 1> results);
  ~Node();  ///< without recursion, so chains may be of any length
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  NodeRef ref() const { return std::const_pointer_cast<Node>(shared_from_this()); }
  bool is_parameter() const { return op_ == nullptr && results_.empty(); }
  bool is_settled() const { return !results_.empty(); }
  /// Not of a parameter nor of a settled node that let it go (see recorded_op).
  const Op& op() const { return *op_; }
  const OpRef& op_ref() const { return op_; }
  /// Operands; none once settled.
  std::span<const Value> args() const { return is_settled() ? std::span<const Value>() : recorded_args(); }
  /// Where the value came from: as op_ref and args, and also for a settled node that is tracked.
  const OpRef& recorded_op() const { return op_; }
  std::span<const Value> recorded_args() const { return {args_.data(), args_.size()}; }
  const Types& types() const { return types_; }
  std::size_t outputs() const { return types_.size(); }
  const std::string& name() const { return name_; }  ///< of a parameter
  const Array& result(std::int32_t output) const { return results_[static_cast<std::size_t>(output)]; }
  /// The elements of a small integer output that are known before anything runs, as extents; else nullptr.
  const Shape* extents(std::int32_t output) const;

  /// Turns the node into a leaf with these results, one per output, whose types must agree.
  void settle(SmallVector<Array, 1> results);

  /// Gradients may be asked with respect to this value. What is computed from it is tracked too, and a tracked node
  /// keeps its operands when it settles, so that differentiation finds its way back.
  void track() { tracked_ = true; }
  bool tracked() const { return tracked_; }
  /// Settling let operands go, through which no gradient can find its way any more.
  bool forgot_operands() const { return forgot_; }

  struct Key {
   private:
    Key() = default;
    friend class Node;
  };
  explicit Node(Key) {}  ///< for the makers above

 private:
  static void release(SmallVector<Value, 3>& args);
  OpRef op_;
  SmallVector<Value, 3> args_;
  Types types_;
  SmallVector<Array, 1> results_;
  std::string name_;
  std::unique_ptr<std::vector<std::optional<Shape>>> extents_;  ///< by output; mostly none
  bool tracked_ = false, forgot_ = false;
};

inline const Type& Value::type() const { return node_->types()[static_cast<std::size_t>(output_)]; }

/// The operator that holds data; it has one field, `value`. A settled node means the same.
inline constexpr std::string_view kConstantOp = "constant";
/// The value of an output that is known: of a settled node or of a constant operator; else nullptr.
const Array* known_value(const Node& node, std::int32_t output);
/// Of the bits that a settled node holds; the same in every process.
std::uint64_t hash_of_settled(const Node& node);
/// What inference sees of a value.
Operand operand_of(const Value& v);
inline const Array* known_value(const Value& v) { return known_value(*v.node(), v.output()); }

/// The operator that fills a shape with one number, its field `value`.
inline constexpr std::string_view kFullOp = "full";
/// The number that all elements are known to equal, if so.
std::optional<Number> uniform_value(const Value& v);

/// Nodes reachable from `roots` (operands before users, in a fixed order), without recursion. Settled nodes and
/// parameters are included. See ir/walk.h for the positions of the nodes.
std::vector<Node*> topological(std::span<const Value> roots);

/// A closed graph.
struct Function {
  std::string name = "main";
  /// Each the output of a parameter node, or a settled node's that stands for a parameter (its data is ignored).
  std::vector<Value> parameters;
  std::vector<Value> results;

  std::vector<Type> parameter_types() const;
  std::vector<Type> result_types() const;
  /// Structural: equal for functions that differ only in node identity and in names. Parameters count by position,
  /// settled nodes and constants by their bits; a node that is used twice differs from two equal nodes.
  std::uint64_t hash() const;
};
bool structurally_equal(const Function& a, const Function& b);

/// Every parameter and every value inside is a dense tensor whose extents are numbers.
bool is_concrete(const Function& f);
/// `f` with values of unknowns put into types and attributes; types are inferred again.
Function with_values(const Function& f, const DimValues& values);
/// Names of the unknowns in the types and attributes of `f`; each once, sorted.
std::vector<std::string> unknowns(const Function& f);
/// What arguments of these types say of the unknowns in the parameters' types. Throws Error where they do not fit.
DimValues values_of_unknowns(const Function& f, std::span<const Array> args);

/// Applies operators. `fold` hooks and scopes come from passes; plain use is `b.apply1(op, {x, y})`.
class Builder {
 public:
  virtual ~Builder() = default;
  /// All outputs of the new node.
  virtual Values apply(OpRef op, std::span<const Value> args);
  /// The output of an operator that has one.
  Value apply1(OpRef op, std::initializer_list<Value> args);
};

/// Rebuilds `f` bottom-up: fn(node, new operands) returns the replacement outputs, of the same types; an empty list
/// keeps the operator (and the node itself where its operands are unchanged). Parameters stay, except that settled
/// nodes among them become parameter nodes; fn is not asked about parameters and settled nodes.
using Rebuild = std::function<Values(const Node&, std::span<const Value> args)>;
Function rebuild(const Function& f, const Rebuild& fn);

/// Copies `f`'s body with parameters replaced by values of the same types; returns its results.
std::vector<Value> inline_call(const Function& f, std::span<const Value> args);

}  // namespace tenon
