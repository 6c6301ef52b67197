#include "onnx/export.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "onnx/export/writer.h"
#include "onnx/model.h"
#include "onnx/regular.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

using Attributed = GraphWriter::Attributed;

namespace {

const Regular* regular_of(std::string_view ours, i64 opset) {
  for (const Regular& r : regular_operators())
    if (r.ours == ours && r.since <= opset) return &r;
  return nullptr;
}

Write writer_of(std::string_view op) {
  for (const auto list : {elementwise_writers(), shape_writers(), net_writers()})
    for (const Writer& w : list)
      if (w.op == op) return w.write;
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

pb::AttributeProto& attribute(pb::NodeProto& node, const std::string& name, pb::AttributeProto::AttributeType type) {
  pb::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(type);
  return a;
}

}  // namespace

Attributed& Attributed::set(const std::string& name, i64 value) {
  attribute(node, name, pb::AttributeProto::INT).set_i(value);
  return *this;
}
Attributed& Attributed::set(const std::string& name, double value) {
  attribute(node, name, pb::AttributeProto::FLOAT).set_f(static_cast<float>(value));
  return *this;
}
Attributed& Attributed::set(const std::string& name, const std::string& value) {
  attribute(node, name, pb::AttributeProto::STRING).set_s(value);
  return *this;
}
Attributed& Attributed::set(const std::string& name, const Ints& value) {
  pb::AttributeProto& a = attribute(node, name, pb::AttributeProto::INTS);
  for (const i64 v : value) a.add_ints(v);
  return *this;
}

std::string GraphWriter::fresh(const std::string& kind) {
  std::string name;
  do name = fmt::format("{}_{}", kind, count_++);
  while (!taken_.insert(name).second);
  return name;
}

Attributed GraphWriter::add(const std::string& op, const std::vector<std::string>& in, int outputs) {
  pb::NodeProto& node = *graph_.add_node();
  node.set_op_type(op);
  node.set_name(fresh(op));
  for (const std::string& name : in) node.add_input(name);
  for (int k = 0; k < outputs; ++k) node.add_output(fresh(op + "_y"));
  return {node};
}

std::string GraphWriter::constant(const Array& a, const std::string& kind) {
  const std::string name = fresh(kind);
  *graph_.add_initializer() = proto_of(a, name);
  return name;
}

std::string GraphWriter::constant(const Ints& list) {
  return constant(Array::from<std::int64_t>({list.begin(), list.end()}, {static_cast<i64>(list.size())}));
}

std::string GraphWriter::number(double value, DType t) { return constant(Array::scalar(value, t)); }

/// One unknown as a list of one element, read from an input of the graph that has it.
std::string GraphWriter::extent(const Dim& d) {
  if (d.is_constant()) return constant(Ints{d.value()});
  for (const auto& [v, name] : names_) {
    if (!v.node()->is_parameter()) continue;
    for (std::size_t k = 0; k < v.shape().size(); ++k)
      if (v.shape()[k] == d)
        return add("Gather", {add("Shape", {name}).out(), constant(Ints{static_cast<i64>(k)})})
            .set("axis", i64{0})
            .out();
  }
  fail("extent {} is no extent of an input, so ONNX has no way to say it", d);
}

std::string GraphWriter::extents(const Shape& shape) {
  if (is_concrete(shape)) return constant(Ints(shape.begin(), shape.end()));
  std::vector<std::string> parts;
  for (const Dim& d : shape) parts.push_back(extent(d));
  return parts.size() == 1 ? parts[0] : add("Concat", parts).set("axis", i64{0}).out();
}

std::string GraphWriter::extents_to_reshape(const Value& x, const Shape& shape) {
  Ints list;
  bool open = false;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k].is_constant()) {
      list.push_back(shape[k]);
    } else if (k < x.shape().size() && x.shape()[k] == shape[k]) {
      list.push_back(0);  // as it is
    } else if (!open) {
      list.push_back(-1);
      open = true;
    } else {
      return extents(shape);
    }
  }
  // 0 means "as it is", so an extent of 0 must be said in full.
  const bool empty = std::ranges::any_of(shape, [](const Dim& d) { return d.is_constant() && d.value() == 0; });
  return empty ? extents(shape) : constant(list);
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
  const auto value = [&](std::size_t k) { return Value(n.ref(), static_cast<std::int32_t>(k)); };
  if (n.is_settled() || n.op().name() == kConstantOp) {
    for (std::size_t k = 0; k < n.outputs(); ++k)
      names_[value(k)] = constant(*known_value(n, static_cast<std::int32_t>(k)), "weight");
    return;
  }
  expect(!n.is_parameter(), "a parameter of the function is not named");
  std::vector<std::string> out;
  try {
    if (const Regular* r = regular_of(n.op().name(), opset_); r && is_regular(n, *r)) {
      out = written_regular(*this, n, *r);
    } else if (const Write w = writer_of(n.op().name())) {
      out = w(*this, n);
    } else if (n.op().has_expand()) {
      Builder builder;
      for (const Value& v : n.op().expand(builder, n.args())) out.push_back(name_of(v));
    } else {
      fail("ONNX has no counterpart, or none in opset {}", opset_);
    }
  } catch (const Error& e) {
    const std::string text = e.what();
    if (text.starts_with("export of ")) throw;
    fail("export of {}: {}", n.op().name(), text);
  }
  for (std::size_t k = 0; k < out.size(); ++k) names_[value(k)] = out[k];
}

pb::ModelProto export_model(const Function& f, const ExportOptions& options) {
  require(options.opset >= kFirstExported && options.opset <= kLastOpset, "opset {}; {} to {} can be written",
          options.opset, kFirstExported, kLastOpset);
  pb::ModelProto model;
  model.set_ir_version(options.opset >= 21 ? 10 : 8);
  model.set_producer_name("tenon");
  pb::OperatorSetIdProto& set = *model.add_opset_import();
  set.set_domain("");
  set.set_version(options.opset);
  pb::GraphProto& graph = *model.mutable_graph();
  graph.set_name(f.name);
  GraphWriter writer(graph, options.opset);
  std::set<std::string> used;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    std::string name = f.parameters[k].node()->name();
    if (name.empty() || !used.insert(name).second) used.insert(name = fmt::format("input_{}", k));
    pb::ValueInfoProto& input = *graph.add_input();
    input.set_name(name);
    *input.mutable_type() = proto_of(f.parameters[k].type());
    writer.set_name(f.parameters[k], name);
  }
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    const std::string name = fmt::format("output_{}", k);
    require(!used.contains(name), "an input is called '{}', as an output must be", name);
    pb::NodeProto& node = writer.add("Identity", {writer.name_of(f.results[k])}).node;
    node.set_output(0, name);
    pb::ValueInfoProto& output = *graph.add_output();
    output.set_name(name);
    *output.mutable_type() = proto_of(f.results[k].type());
  }
  return model;
}

void write_model(const std::string& path, const pb::ModelProto& model) {
  std::string bytes;
  require(model.ByteSizeLong() < (std::size_t{1} << 31) && model.SerializeToString(&bytes),
          "{}: an ONNX file holds less than 2 GiB", path);
  write_file_atomically(path, bytes);
}

}  // namespace tenon::onnx
