#include "ir/graph.h"

#include <algorithm>

#include "expr/evaluate.h"
#include "ir/walk.h"

namespace tenon {
namespace {

// No tensor comes near: beyond this, sizes in bytes and offsets would not fit 64 bits.
constexpr double kMostElements = 0x1p55;

void check_types(const Op& op, const Types& types) {
  expect(!types.empty(), "an operator has an output");
  for (const Type& t : types) {
    double count = 1;
    for (Dim extent : t.shape) {
      require(certainly_nonnegative(extent), "{}: the result {} has an extent that is or may be negative", op.name(),
              t);
      count *= extent.is_constant() ? static_cast<double>(std::max<i64>(extent, 1)) : 1;
    }
    require(count <= kMostElements, "{}: the result {} has too many elements", op.name(), t);
  }
}

// The operands let go by the node destructor that runs outermost on this thread, or nullptr.
thread_local std::vector<NodeRef>* released = nullptr;

Values outputs_of(const NodeRef& node) {
  Values outputs;
  for (std::size_t k = 0; k < node->outputs(); ++k) outputs.emplace_back(node, static_cast<std::int32_t>(k));
  return outputs;
}

// Does a gradient that reaches the operator go on to an operand that wants it?
bool has_tracked_operand(const OpRef& op, const SmallVector<Value, 3>& args) {
  return op != nullptr && !op->traits().stops_gradient &&
         std::ranges::any_of(args, [](const Value& v) { return v.node()->tracked(); });
}

}  // namespace

namespace {

bool may_be_extents(const Type& t) {
  return is_concrete(t) && is_position(t.dtype) && element_count(t.shape) <= kMostExtents;
}

/// What is known of the integers that an operator makes of types, or of integers that are known.
std::unique_ptr<std::vector<std::optional<Shape>>> followed_extents(const Op& op, const SmallVector<Value, 3>& args,
                                                                    Operands in, const Types& types) {
  if (!std::ranges::any_of(types, may_be_extents)) return nullptr;
  auto made = op.extents(in);
  bool known_ones = in.empty() || std::ranges::any_of(in, [](const Operand& o) { return o.extents != nullptr; });
  if (made.empty() && known_ones && op.traits().view)
    for (std::size_t k = 0; k < types.size(); ++k) made.push_back(extents_of(in[k]));
  if (made.empty() && known_ones && op.has_expand()) {
    Builder builder;
    for (const Value& v : op.expand(builder, {args.data(), args.size()})) made.push_back(extents_of(operand_of(v)));
  }
  if (made.empty() && known_ones && op.has_define()) {
    std::vector<Shape> known;
    std::vector<Type> operands;
    for (const Operand& o : in) {
      auto extents = extents_of(o);
      if (!extents) return nullptr;
      known.push_back(std::move(*extents));
      operands.push_back(o.type);
    }
    made.push_back(expr::evaluate_extents(op.define(operands), known));
  }
  if (std::ranges::none_of(made, [](const auto& e) { return e.has_value(); })) return nullptr;
  return std::make_unique<std::vector<std::optional<Shape>>>(std::move(made));
}

}  // namespace

Types inferred_types(const Op& op, Operands in) {
  const Traits& t = op.traits();
  for (std::size_t k = 0; k < in.size(); ++k) {
    require(in[k].type.is_dense() || t.host, "{}: operand {} is {}, expected a dense tensor", op.name(), k, in[k].type);
    require(in[k].type.dtype != DType::Str || t.host || t.texts || t.index_map || t.view,
            "{}: operand {} is {}; texts can be moved and compared for equality only", op.name(), k, in[k].type);
  }
  return op.infer(in);
}

Operand operand_of(const Value& v) { return {v.type(), known_value(v), v.node()->extents(v.output())}; }

const Shape* Node::extents(std::int32_t output) const {
  if (extents_ == nullptr) return nullptr;
  const auto& known = (*extents_)[static_cast<std::size_t>(output)];
  return known ? &*known : nullptr;
}

NodeRef Node::make(OpRef op, SmallVector<Value, 3> args) {
  expect(op != nullptr, "a node has an operator");
  SmallVector<Operand, 3> operands;
  for (std::size_t k = 0; k < args.size(); ++k) {
    require(args[k].defined(), "{}: operand {} is undefined", op->name(), k);
    expect(static_cast<std::size_t>(args[k].output()) < args[k].node()->outputs(), "an operand is an output of a node");
    operands.push_back(operand_of(args[k]));
  }
  auto node = std::make_shared<Node>(Key());
  node->types_ = inferred_types(*op, {operands.data(), operands.size()});
  check_types(*op, node->types_);
  node->extents_ = followed_extents(*op, args, {operands.data(), operands.size()}, node->types_);
  node->tracked_ = has_tracked_operand(op, args);
  node->op_ = std::move(op);
  node->args_ = std::move(args);
  return node;
}

NodeRef Node::parameter(Type type, std::string name) {
  auto node = std::make_shared<Node>(Key());
  node->types_.push_back(std::move(type));
  node->name_ = std::move(name);
  return node;
}

NodeRef Node::leaf(Array data) {
  expect(data.defined(), "a leaf has data");
  auto node = std::make_shared<Node>(Key());
  node->types_.push_back(data.type());
  node->results_.push_back(std::move(data));
  return node;
}

NodeRef Node::settled(const Node& node, SmallVector<Array, 1> results) {
  auto copy = std::make_shared<Node>(Key());
  for (const Array& a : results) copy->types_.push_back(a.type());
  copy->tracked_ = node.tracked_;
  copy->op_ = node.op_;
  copy->args_ = node.args_;
  copy->settle(std::move(results));
  return copy;
}

Node::~Node() { release(args_); }

void Node::release(SmallVector<Value, 3>& args) {
  if (released != nullptr) {
    for (Value& v : args) released->push_back(std::move(v.node_));
    return;
  }
  std::vector<NodeRef> pending;
  released = &pending;
  for (Value& v : args) {
    if (v.node_.use_count() == 1) pending.push_back(std::move(v.node_));
  }
  args.clear();
  while (!pending.empty()) {
    NodeRef last = std::move(pending.back());
    pending.pop_back();
  }
  released = nullptr;
}

void Node::settle(SmallVector<Array, 1> results) {
  expect(results.size() == types_.size(), "a node settles with one result per output");
  for (std::size_t k = 0; k < results.size(); ++k) {
    expect(results[k].defined() && results[k].type() == types_[k], "a node settles with results of its types");
  }
  results_ = std::move(results);
  if (has_tracked_operand(op_, args_)) return;
  forgot_ = !args_.empty() && !(op_ != nullptr && op_->traits().stops_gradient);
  op_ = nullptr;
  release(args_);
  args_.clear();
}

namespace {

// The field `value` of the leaf operator `op`, or nullptr where the node is another.
template <class T>
const T* value_field(const Node& node, std::string_view op) {
  if (node.is_parameter() || !node.op().traits().leaf || node.op().name() != op) return nullptr;
  for (const Field& f : node.op().fields()) {
    if (auto* value = std::get_if<const T*>(&f.value)) return *value;
  }
  return nullptr;
}

}  // namespace

const Array* known_value(const Node& node, std::int32_t output) {
  return node.is_settled() ? &node.result(output) : value_field<Array>(node, kConstantOp);
}

std::optional<Number> uniform_value(const Value& v) {
  const Array* array = known_value(v);
  if (array == nullptr) {
    const double* value = v.node()->is_settled() ? nullptr : value_field<double>(*v.node(), kFullOp);
    return value == nullptr ? std::nullopt : std::optional(Number(*value).rounded_to(v.dtype()));
  }
  if (array->count() == 0) return std::nullopt;
  const Number first = array->at(0);
  for (i64 k = 1; k < array->count(); ++k) {
    if (array->at(k) != first) return std::nullopt;
  }
  return first;
}

Values Builder::apply(OpRef op, std::span<const Value> args) {
  return outputs_of(Node::make(std::move(op), SmallVector<Value, 3>(args.begin(), args.end())));
}

Value Builder::apply1(OpRef op, std::initializer_list<Value> args) {
  Values outputs = apply(std::move(op), {args.begin(), args.size()});
  expect(outputs.size() == 1, "apply1 is for operators with one output");
  return outputs[0];
}

namespace {

// What has taken the place of each node so far.
class Replacements {
 public:
  explicit Replacements(std::size_t nodes) : map_(nodes) {}
  void set(const Node* node, Values outputs) {
    expect(outputs.size() == node->outputs(), "a node is replaced by as many outputs as it has");
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      expect(outputs[k].defined() && outputs[k].type() == node->types()[k], "a replacement has the same type");
    }
    map_.try_emplace(node, std::move(outputs));
  }
  bool has(const Node* node) const { return map_.find(node) != nullptr; }
  Value operator[](const Value& v) const {
    const Values* outputs = map_.find(v.node().get());
    return outputs == nullptr ? v : (*outputs)[static_cast<std::size_t>(v.output())];
  }

 private:
  NodeMap<Values> map_;  // nodes that stay are absent
};

// Replaces bottom-up under `results`; nodes already in `replaced` are not entered.
std::vector<Value> replace(std::span<const Value> results, Replacements& replaced, const Rebuild& fn) {
  Builder builder;
  for (const Node* node : topological(results)) {
    if (node->is_parameter() || node->is_settled() || replaced.has(node)) continue;
    SmallVector<Value, 3> args;
    for (const Value& v : node->args()) args.push_back(replaced[v]);
    std::span<const Value> operands(args.data(), args.size());
    Values outputs = fn ? fn(*node, operands) : Values();
    if (outputs.empty() && std::ranges::equal(operands, node->args())) continue;
    replaced.set(node, outputs.empty() ? builder.apply(node->op_ref(), operands) : std::move(outputs));
  }
  std::vector<Value> renewed;
  for (const Value& v : results) renewed.push_back(replaced[v]);
  return renewed;
}

}  // namespace

Function rebuild(const Function& f, const Rebuild& fn) {
  Replacements replaced(f.parameters.size() * 4);
  Function out{f.name, f.parameters, {}};
  for (Value& p : out.parameters) {
    if (!p.node()->is_settled()) continue;
    Values fresh = outputs_of(Node::parameter(p.type(), p.node()->name()));
    replaced.set(p.node().get(), fresh);
    p = fresh[0];
  }
  out.results = replace(f.results, replaced, fn);
  return out;
}

std::vector<Value> inline_call(const Function& f, std::span<const Value> args) {
  require(args.size() == f.parameters.size(), "function {} takes {} arguments, {} given", f.name, f.parameters.size(),
          args.size());
  Replacements replaced(f.parameters.size() * 4);
  for (std::size_t k = 0; k < args.size(); ++k) {
    const Value& p = f.parameters[k];
    require(args[k].defined(), "argument {} of function {} is undefined", k, f.name);
    require(args[k].type() == p.type(), "argument {} of function {} is {}, expected {}", k, f.name, args[k].type(),
            p.type());
    replaced.set(p.node().get(), {args[k]});
  }
  return replace(f.results, replaced, {});
}

}  // namespace tenon
