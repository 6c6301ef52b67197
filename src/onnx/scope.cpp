#include "onnx/scope.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <unordered_set>

#include "interpret/interpret.h"
#include "onnx/regular.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

/// Elements of a value that is computed while importing: lists of extents and the like.
constexpr i64 kMostElements = i64{1} << 20;
/// Nodes of functions and subgraphs: few that call one another can stand for any number.
constexpr i64 kMostInnerNodes = i64{1} << 18;
/// Elements of an input of the model that is asked for.
constexpr i64 kMostAsked = 4096;

/// Attributes of functions that have values where a call gives none: field 11 of files from IR version 9 on, which the
/// schema of libonnx does not have.
std::vector<pb::AttributeProto> default_attributes(const pb::FunctionProto& f) {
  constexpr int kAttributeProto = 11;
  std::vector<pb::AttributeProto> defaults;
  const google::protobuf::UnknownFieldSet& fields = f.GetReflection()->GetUnknownFields(f);
  for (int k = 0; k < fields.field_count(); ++k) {
    const google::protobuf::UnknownField& field = fields.field(k);
    if (field.number() != kAttributeProto || field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      continue;
    require(defaults.emplace_back().ParseFromString(field.length_delimited()),
            "the default of an attribute of function {} is damaged", f.name());
  }
  return defaults;
}

}  // namespace

/// Functions and subgraphs in one another end somewhere.
class Deeper {
 public:
  explicit Deeper(Import& import) : import_(import) {
    require(++import_.depth <= kDeepestCalls, "functions and subgraphs are nested more than {} deep", kDeepestCalls);
  }
  ~Deeper() { --import_.depth; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  Import& import_;
};

void Scope::bind(const std::string& name, Value v) {
  require(names_.emplace(name, std::move(v)).second, "'{}' is defined twice", name);
}

Value Scope::lookup(const std::string& name) {
  if (const auto own = names_.find(name); own != names_.end()) return own->second;
  require(outer_ != nullptr,
          "'{}' is read before any node makes it; either nothing does, or the nodes are not in order", name);
  const Value v = outer_->lookup(name);
  return is_function_ ? captured(name, v) : v;
}

/// A parameter for a value from outside; small values that are known there are constants.
Value Scope::captured(const std::string& name, const Value& outer) {
  if (known_value(outer)) return outer;
  const bool small = outer.type().is_dense() && is_integer(outer.dtype()) && is_concrete(outer.shape()) &&
                     element_count(outer.shape()) <= kMostExtents;
  Value inner;
  if (const Array* a = small ? known(outer) : nullptr) {
    inner = constant_of(*a);
  } else {
    for (const auto& [from, parameter] : captured_)
      if (from == outer) inner = parameter;
    if (!inner) {
      inner = Value(Node::parameter(outer.type(), name), 0);
      captured_.emplace_back(outer, inner);
    }
  }
  names_.emplace(name, inner);
  return inner;
}

const pb::AttributeProto* Scope::attribute(const std::string& name) const {
  for (const Scope* s = this; s != nullptr; s = s->outer_)
    if (s->call_ != nullptr) {
      if (const pb::AttributeProto* given = s->call_->find(name)) return given;
      const auto own = std::ranges::find(s->defaults_, name, [](const pb::AttributeProto& a) { return a.name(); });
      return own == s->defaults_.end() ? nullptr : &*own;
    }
  return nullptr;
}

const Array* Scope::known(const Value& v) {
  auto found = [&](const Value& x) -> const Array* {
    if (const Array* a = known_value(x)) return a;
    const auto at = import_.evaluated.find(x);
    return at != import_.evaluated.end() && at->second ? &*at->second : nullptr;
  };
  struct Visit {
    Value value;
    std::size_t operands = 0;  ///< that are known
  };
  std::vector<Visit> path;
  auto enter = [&](const Value& x) {
    if (known_value(x) || !import_.evaluated.try_emplace(x).second) return;
    if (may_be_known(x)) path.push_back({x});
  };
  enter(v);
  while (!path.empty()) {
    Visit& last = path.back();
    const auto args = last.value.node()->args();
    if (last.operands > 0 && !found(args[last.operands - 1])) {
      path.pop_back();
    } else if (last.operands < args.size()) {
      enter(Value(args[last.operands++]));
    } else {
      const Value x = last.value;
      path.pop_back();
      evaluate(x);
    }
  }
  return found(v);
}

/// Whether the operands are worth a look; extents are noted at once.
bool Scope::may_be_known(const Value& v) {
  const Type& t = v.type();
  if (v.node()->is_parameter() || !t.is_dense()) return false;
  const auto extents = extents_of(operand_of(v));
  if (extents && is_concrete(*extents)) {
    Array a(t);
    for (std::size_t k = 0; k < extents->size(); ++k) a.set(static_cast<i64>(k), Number::of_int((*extents)[k].value()));
    import_.evaluated[v] = a;
    return false;
  }
  const bool small = !is_concrete(t.shape) || element_count(t.shape) <= kMostElements;
  const Traits& traits = v.node()->op().traits();
  return small && !traits.random && !traits.host;
}

void Scope::evaluate(const Value& v) {
  std::vector<Array> in;
  for (const Value& a : v.node()->args()) in.push_back(*known(a));
  const std::vector<Array> out = interpret(v.node()->op(), in);
  for (std::size_t k = 0; k < out.size(); ++k)
    import_.evaluated[Value(v.node(), static_cast<std::int32_t>(k))] = out[k];
}

bool Scope::follows_inputs(Dim extent) const {
  std::set<std::string> given;
  for (const auto& [node, name] : import_.inputs)
    for (const Dim d : node->types()[0].shape)
      for (std::string& unknown : unknowns(d)) given.insert(std::move(unknown));
  return std::ranges::all_of(unknowns(extent), [&](const std::string& u) { return given.contains(u); });
}

/// Where a value that is not known comes from.
struct Scope::Needs {
  std::set<std::string> inputs;
  bool extents = false;  ///< of inputs
  bool local = false;    ///< parameters of loops and branches
  bool sizes = false;    ///< extents that data decides
  bool few = true;       ///< the inputs are few integers
  std::string large;     ///< an input of too many elements to ask for
};

Scope::Needs Scope::needs_of(const Value& v) {
  Needs needs;
  std::unordered_set<const Node*> seen;
  std::vector<Value> todo{v};
  while (!todo.empty()) {
    const Value x = todo.back();
    todo.pop_back();
    if (!seen.insert(x.node().get()).second || known(x)) continue;
    if (const auto extents = extents_of(operand_of(x))) {
      for (const Dim d : *extents) (follows_inputs(d) ? needs.extents : needs.sizes) |= !d.is_constant();
      continue;
    }
    if (!x.node()->is_parameter()) {
      for (const Value& a : x.node()->args()) todo.push_back(a);
      continue;
    }
    const auto input = import_.inputs.find(x.node().get());
    const i64 count = is_concrete(x.type()) ? element_count(x.shape()) : 0;
    needs.few &= x.type().is_dense() && !is_float(x.dtype()) && count <= kMostExtents;
    if (input == import_.inputs.end())
      needs.local = true;
    else if (count > kMostAsked)
      needs.large = input->second;
    else
      needs.inputs.insert(input->second);
  }
  return needs;
}

bool Scope::worth_asking(const Value& v) {
  const Needs needs = needs_of(v);
  return !needs.local && !needs.sizes && needs.few && needs.large.empty() && (needs.extents || !needs.inputs.empty());
}

void Scope::ask_for(const Value& v, const std::string& what) {
  const Needs needs = needs_of(v);
  constexpr std::string_view kMust = "must be known before the model runs";
  require(!needs.local, "{} {}, but follows from values inside of a loop or branch", what, kMust);
  require(!needs.sizes, "{} {}, but follows from the number of elements that an operator finds in its data", what,
          kMust);
  require(needs.large.empty(), "{} {}, but follows from the elements of input '{}'", what, kMust, needs.large);
  require(!needs.inputs.empty() || needs.extents, "{} {}, but is random", what, kMust);
  throw NeedsInputs(fmt::format("{} {}", what, kMust), {needs.inputs.begin(), needs.inputs.end()});
}

i64 Scope::opset(const std::string& domain) const {
  for (const Scope* s = this; s != nullptr; s = s->outer_)
    if (s->function_ != nullptr && s->function_->opset_import_size() > 0) {
      for (const pb::OperatorSetIdProto& o : s->function_->opset_import())
        if (o.domain() == domain || (is_standard(domain) && is_standard(o.domain()))) return o.version();
      break;
    }
  return import_.model.opset(domain);
}

/// Binds what the node makes.
void Scope::add_node(const pb::NodeProto& node) {
  import_.inner_nodes += import_.depth > 0;
  require(import_.inner_nodes <= kMostInnerNodes, "functions, branches and loops stand for more than {} nodes",
          kMostInnerNodes);
  try {
    const std::vector<Value> out = apply(node);
    for (int o = 0; o < node.output_size(); ++o) {
      const auto at = static_cast<std::size_t>(o);
      if (!node.output(o).empty() && at < out.size() && out[at].defined()) bind(node.output(o), out[at]);
    }
  } catch (const NeedsInputs& e) {
    throw NeedsInputs(fmt::format("{}: {}", called(node), e.what()), e.values);
  } catch (const Error& e) {
    fail("{}: {}", called(node), e.what());
  }
}

/// Collects problems, and passes over what follows from them.
void Scope::try_node(const pb::NodeProto& node) {
  Problems& problems = *import_.problems;
  std::set<std::string> read;
  names_read(node, read);
  bool lost = std::ranges::any_of(read, [&](const std::string& name) { return import_.lost.contains(name); });
  problems.unchecked += lost;
  const auto [all, fresh] = import_.unsupported.at(node);
  for (const std::string& line : fresh) problems.add(line);
  if (!lost) {
    try {
      return add_node(node);
    } catch (const NeedsInputs&) {
      ++problems.unchecked;
    } catch (const Error& e) {
      if (std::ranges::find(all, e.what()) == all.end()) problems.add(e.what());
    }
  }
  import_.lost.insert(node.output().begin(), node.output().end());
  import_.lost.erase("");
}

std::vector<Value> Scope::add(const pb::GraphProto& g) {
  const std::vector<bool> needed = needed_nodes(g);
  const bool collects = import_.problems != nullptr && import_.depth == 0;
  for (int k = 0; k < g.node_size(); ++k) {
    if (!needed[static_cast<std::size_t>(k)]) continue;
    collects ? try_node(g.node(k)) : add_node(g.node(k));
  }
  std::vector<Value> results;
  for (const pb::ValueInfoProto& v : g.output()) {
    if (collects && import_.lost.contains(v.name())) continue;
    results.push_back(lookup(v.name()));
  }
  return results;
}

std::vector<Value> Scope::apply(const pb::NodeProto& node) {
  if (const pb::FunctionProto* f = function_called(import_.model, node))
    return call(*f, NodeView(node, opset(""), *this));
  const std::string why = why_unsupported(node);
  require(why.empty(), "{}", why);
  if (const Regular* r = find_regular(node.op_type())) return apply_regular(*r, NodeView(node, opset(""), *this));
  return converter_of(node.op_type())(NodeView(node, opset(""), *this));
}

std::vector<Value> Scope::call(const pb::FunctionProto& f, const NodeView& node) {
  const Deeper deeper(import_);
  Scope inside(import_);
  inside.call_ = &node;
  inside.function_ = &f;
  inside.defaults_ = default_attributes(f);
  require(node.inputs() <= static_cast<std::size_t>(f.input_size()), "{} inputs for a function of {}", node.inputs(),
          f.input_size());
  for (std::size_t k = 0; k < static_cast<std::size_t>(f.input_size()); ++k)
    inside.bind(f.input(static_cast<int>(k)), node.has(k) ? node.in(k) : Value());
  return inside.add(body_of(f));
}

std::vector<Value> Scope::outer_values(const pb::GraphProto& g) const {
  std::set<std::string> names;
  for (const pb::NodeProto& node : g.node()) names_read(node, names);
  std::vector<Value> values;
  for (const std::string& name : names)
    for (const Scope* s = this; s != nullptr; s = s->outer_) {
      const auto found = s->names_.find(name);
      if (found == s->names_.end()) continue;
      if (found->second.defined()) values.push_back(found->second);
      break;
    }
  return values;
}

std::vector<Value> Scope::inlined(const pb::GraphProto& g, const std::vector<Value>& formal) {
  const Deeper deeper(import_);
  Scope inside(import_);
  inside.outer_ = this;
  require(formal.size() == static_cast<std::size_t>(g.input_size()), "{} values for a subgraph of {} inputs",
          formal.size(), g.input_size());
  for (std::size_t k = 0; k < formal.size(); ++k) inside.bind(g.input(static_cast<int>(k)).name(), formal[k]);
  for (const pb::TensorProto& t : g.initializer())
    inside.bind(t.name(), constant_of(array_of(t, folder(), "initializer")));
  return inside.add(g);
}

Scope::Functions Scope::functions(const std::vector<Body>& bodies) {
  const Deeper deeper(import_);
  Functions made;
  std::vector<std::pair<Function, std::vector<std::pair<Value, Value>>>> parts;
  for (const Body& body : bodies) {
    Scope inside(import_);
    inside.outer_ = this;
    inside.is_function_ = true;
    Function f;
    f.name = "body";
    require(body.formal.size() == static_cast<std::size_t>(body.graph.input_size()),
            "{} values for a subgraph of {} inputs", body.formal.size(), body.graph.input_size());
    for (std::size_t k = 0; k < body.formal.size(); ++k) {
      const std::string& name = body.graph.input(static_cast<int>(k)).name();
      f.parameters.emplace_back(Node::parameter(body.formal[k], name), 0);
      inside.bind(name, f.parameters.back());
    }
    for (const pb::TensorProto& t : body.graph.initializer())
      inside.bind(t.name(), constant_of(array_of(t, folder(), "initializer")));
    f.results = inside.add(body.graph);
    for (const auto& [outer, parameter] : inside.captured_)
      if (std::ranges::find(made.captured, outer) == made.captured.end()) made.captured.push_back(outer);
    parts.emplace_back(std::move(f), std::move(inside.captured_));
  }
  for (auto& [f, captured] : parts) {
    for (const Value& outer : made.captured) {
      const auto own = std::ranges::find(captured, outer, &std::pair<Value, Value>::first);
      f.parameters.push_back(own != captured.end() ? own->second : Value(Node::parameter(outer.type()), 0));
    }
    made.functions.push_back(std::make_shared<const Function>(std::move(f)));
  }
  return made;
}

}  // namespace tenon::onnx
