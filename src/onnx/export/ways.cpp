// In which ways a node is written, and which of them fits.
#include <algorithm>

#include "onnx/export/types.h"
#include "onnx/export/widening.h"
#include "onnx/export/writer.h"
#include "onnx/regular.h"
#include "op/functions.h"

namespace tenon::onnx {

using Attributed = GraphWriter::Attributed;

namespace {

const Regular* regular_of(std::string_view ours, i64 opset) {
  for (const Regular& r : regular_operators())
    if (r.ours == ours && r.since <= opset) return &r;
  return nullptr;
}

/// Fields that ONNX has no attribute for are as they always are.
bool is_regular(const Node& n, const Regular& r) {
  const OpRef usual = n.op().info().make({});
  const Fields fields = n.op().fields(), defaults = usual->fields();
  for (std::size_t k = 0; k < fields.size(); ++k) {
    const bool written = std::ranges::find(r.attributes, fields[k].name, &Regular::Pair::ours) != r.attributes.end();
    if (!written && !equal(Fields{fields[k]}, Fields{defaults[k]})) return false;
  }
  return true;
}

std::vector<std::string> written_regular(GraphWriter& g, const Node& n, const Regular& r) {
  std::vector<std::string> in;
  for (const Value& v : n.args()) in.push_back(g.name_of(v));
  Attributed node = g.add(std::string(r.onnx), in, static_cast<int>(n.outputs()));
  for (const Field& field : n.op().fields())
    for (const Regular::Pair& pair : r.attributes) {
      if (pair.ours != field.name) continue;
      const std::string name(pair.onnx);
      const Attribute value = copy_of(field.value);
      if (const auto* d = std::get_if<double>(&value)) node.set(name, *d);
      if (const auto* i = std::get_if<i64>(&value)) node.set(name, *i);
      if (const auto* s = std::get_if<std::string>(&value)) node.set(name, *s);
      if (const auto* list = std::get_if<Ints>(&value)) node.set(name, *list);
    }
  std::vector<std::string> out;
  for (std::size_t k = 0; k < n.outputs(); ++k) out.push_back(node.out(static_cast<int>(k)));
  return out;
}

/// They move elements, or make other types of them, and round nothing.
bool is_move(std::string_view op) {
  constexpr std::string_view kMoves[] = {"Abs",      "Cast",  "Clip",    "Concat",    "Expand",    "Gather",
                                         "Identity", "Max",   "Min",     "Neg",       "Pad",       "Reshape",
                                         "Shape",    "Slice", "Squeeze", "Transpose", "Unsqueeze", "Where"};
  return std::ranges::find(kMoves, op) != std::end(kMoves);
}

bool is_product(std::string_view op) {
  constexpr std::string_view kProducts[] = {"Conv", "ConvTranspose", "Einsum", "Gemm", "MatMul"};
  return std::ranges::find(kProducts, op) != std::end(kProducts);
}

}  // namespace

GraphWriter::Mark GraphWriter::mark() const {
  return {graph_.node_size(),
          graph_.initializer_size(),
          added_values_.size(),
          added_names_.size(),
          added_casts_.size(),
          count_,
          unusual_};
}

void GraphWriter::roll_back(const Mark& start) {
  graph_.mutable_node()->DeleteSubrange(start.nodes, graph_.node_size() - start.nodes);
  graph_.mutable_initializer()->DeleteSubrange(start.initializers, graph_.initializer_size() - start.initializers);
  for (; added_values_.size() > start.values; added_values_.pop_back()) names_.erase(added_values_.back());
  for (; added_casts_.size() > start.casts; added_casts_.pop_back()) casts_.erase(added_casts_.back());
  for (; added_names_.size() > start.names; added_names_.pop_back()) {
    taken_.erase(added_names_.back());
    dtypes_.erase(added_names_.back());
    if (apart_ != nullptr) apart_->erase(added_names_.back());
  }
  count_ = start.count;
  unusual_ = start.unusual;
}

/// Types of what was written since `start` are entered into dtypes_. Floats of 16 and 8 bits are rounded once in ours,
/// so several steps must not round each; products may, as what is added to them has always been rounded apart.
GraphWriter::Misfit GraphWriter::misfit_since(const Mark& start, const Node& n, const Names& out) {
  Misfit misfit;
  std::optional<DType> rounded;
  int roundings = 0;
  bool product = false;
  for (int k = start.nodes; k < graph_.node_size(); ++k) {
    const pb::NodeProto& node = graph_.node(k);
    if (node.output_size() > 0 && dtypes_.contains(node.output(0)))
      continue;  // written, and looked at, as a node of ours
    std::vector<std::optional<DType>> operands;
    for (const std::string& name : node.input()) {
      const auto found = dtypes_.find(name);
      operands.push_back(found == dtypes_.end() ? std::nullopt : std::optional(found->second));
    }
    const NodeTypes types = types_of_node(node, opset_, operands);
    for (int j = 0; j < node.output_size(); ++j)
      if (const auto& t = types.results[static_cast<std::size_t>(j)]) dtypes_[node.output(j)] = *t;
    if (types.refused)
      return {fmt::format("ONNX's {} does not take {} in opset {}", node.op_type(), *types.refused, opset_),
              types.refused, true};
    if (types.unusual && !misfit.type)
      misfit = {fmt::format("runtimes lack {} of {}", node.op_type(), *types.unusual), types.unusual};
    product |= is_product(node.op_type());
    const auto& first = types.results[0];
    if (first && is_float(*first) && bits_of(*first) < 32 && !is_move(node.op_type())) ++roundings, rounded = first;
  }
  if (roundings > 1 && !product && !misfit.type) misfit = {"several roundings", rounded};
  for (std::size_t k = 0; k < out.size(); ++k) {
    const Type& expected = n.types()[k];
    if (!expected.is_dense()) continue;
    const auto found = dtypes_.find(out[k]);
    if (found != dtypes_.end() && found->second != expected.dtype)
      return {fmt::format("ONNX gives {}, not {}", found->second, expected.dtype), {}, true};
  }
  return misfit;
}

std::vector<GraphWriter::Way> GraphWriter::ways(const Node& n) {
  std::vector<Way> ways;
  if (const Regular* r = regular_of(n.op().name(), opset_); r != nullptr && is_regular(n, *r))
    ways.emplace_back([this, &n, r] { return written_regular(*this, n, *r); });
  for (const auto list : {elementwise_writers(), shape_writers(), net_writers(), recurrent_writers(),
                          composition_writers(), sequence_writers()})
    for (const Writer& w : list)
      if (w.op == n.op().name()) ways.emplace_back([this, &n, write = w.write] { return write(*this, n); });
  return ways;
}

/// What is known of the ways that were tried.
struct GraphWriter::Search {
  const Node& n;
  Mark start;
  Names out = {};
  Way allowed = {};  ///< by the standard, though not run by all
  std::optional<DType> type = {};
  std::string why = {};
};

bool GraphWriter::attempt(Search& s, const Way& way) {
  roll_back(s.start);
  try {
    s.out = way();
    const Misfit misfit = misfit_since(s.start, s.n, s.out);
    const bool nested = unusual_ != s.start.unusual;
    if (misfit.text.empty() && !nested) return true;
    if (!misfit.refused && !s.allowed) s.allowed = way;
    if (!s.type) s.type = misfit.type;
    if (s.why.empty() || misfit.refused) s.why = misfit.text;
  } catch (const Error& e) {
    if (s.why.empty()) s.why = e.what();
  }
  return false;
}

GraphWriter::Names GraphWriter::written(const Node& n) {
  for (const Value& v : n.args()) name_of(v);
  Search s{n, mark()};
  for (const Way& way : ways(n))
    if (attempt(s, way)) return s.out;
  if (s.type)
    for (const DType wide : wider_types(n, *s.type))
      if (attempt(s, [&, narrow = *s.type] { return widened(n, narrow, wide); })) return s.out;
  if (!s.allowed && n.op().has_expand() && attempt(s, [&] { return expanded(n); })) return s.out;
  roll_back(s.start);
  if (!s.allowed)
    fail("{}", s.why.empty() ? fmt::format("ONNX has no counterpart, or none in opset {}", opset_) : s.why);
  s.out = s.allowed();
  misfit_since(s.start, n, s.out);
  ++unusual_;
  return s.out;
}

GraphWriter::Names GraphWriter::expanded(const Node& n) {
  Builder builder;
  Names out;
  for (const Value& v : n.op().expand(builder, n.args())) out.push_back(name_of(v));
  return out;
}

GraphWriter::Names GraphWriter::widened(const Node& n, DType from, DType to) {
  bool changed = false;
  std::vector<Value> in;
  for (const Value& v : n.args()) {
    in.push_back(v);
    if (!v.type().is_dense() || v.dtype() != from) continue;
    changed = true;
    const Array* known = known_value(v);
    if (known != nullptr && known->count() <= kMostExtents) {
      in.back() = Value(Node::leaf(known->cast(to)), 0);
    } else {
      const std::string name = cast(name_of(v), to);
      in.back() = Value(Node::parameter({to, v.shape()}), 0);
      names_[in.back()] = name;
      added_values_.push_back(in.back());
    }
  }
  AttributeMap attributes;
  for (const Field& field : n.op().fields()) {
    Attribute value = copy_of(field.value);
    if (DType* t = std::get_if<DType>(&value); t != nullptr && *t == from) *t = to, changed = true;
    attributes.emplace(field.name, std::move(value));
  }
  require(changed, "no operand is {}", from);
  Names out;
  const std::vector<Value> wide = apply_outputs(n.op().info().make(attributes), std::span<const Value>(in));
  for (std::size_t k = 0; k < wide.size(); ++k) {
    const DType computed = wide[k].dtype(), wanted = n.types()[k].dtype;
    require(n.types()[k].is_dense(), "sequences keep the type of their elements");
    require(wide[k].shape() == n.types()[k].shape, "{} instead of {}", wide[k].type(), n.types()[k]);
    std::string name = name_of(wide[k]);
    // Floats stand for integers that are exact in them, which are brought back modulo their range.
    if (is_float(computed) && is_integer(wanted) && wanted != DType::I64) name = cast(name, DType::I64);
    out.push_back(computed == wanted ? name : cast(name, wanted));
  }
  return out;
}

std::string GraphWriter::name_of(const Value& v) {
  if (const auto found = names_.find(v); found != names_.end()) return found->second;
  const Value roots[] = {v};
  for (Node* n : topological(roots)) {
    bool done = true;
    for (std::size_t k = 0; k < n->outputs(); ++k)
      done &= names_.contains(Value(n->ref(), static_cast<std::int32_t>(k)));
    if (!done) write(*n);
  }
  return names_.at(v);
}

void GraphWriter::write(const Node& n) {
  Names out;
  for (const Type& t : n.types()) require_type(t);
  if (n.is_settled() || n.op().name() == kConstantOp) {
    for (std::size_t k = 0; k < n.outputs(); ++k)
      out.push_back(constant(*known_value(n, static_cast<std::int32_t>(k)), "weight"));
  } else {
    expect(!n.is_parameter(), "a parameter of the function is not named");
    try {
      out = written(n);
    } catch (const Error& e) {
      const std::string text = e.what();
      if (text.starts_with("export of ")) throw;
      fail("export of {}: {}", n.op().name(), text);
    }
  }
  for (std::size_t k = 0; k < out.size(); ++k) {
    const Value v(n.ref(), static_cast<std::int32_t>(k));
    names_[v] = out[k];
    added_values_.push_back(v);
    if (v.type().is_dense()) dtypes_.try_emplace(out[k], v.dtype());
  }
}

}  // namespace tenon::onnx
