#include "onnx/export/writer.h"

#include <algorithm>

#include "onnx/export.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

using Attributed = GraphWriter::Attributed;

namespace {

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

Attributed& Attributed::set(const std::string& name, const std::vector<double>& value) {
  pb::AttributeProto& a = attribute(node, name, pb::AttributeProto::FLOATS);
  for (const double v : value) a.add_floats(static_cast<float>(v));
  return *this;
}
Attributed& Attributed::set(const std::string& name, const std::vector<std::string>& value) {
  pb::AttributeProto& a = attribute(node, name, pb::AttributeProto::STRINGS);
  for (const std::string& v : value) a.add_strings(v);
  return *this;
}

std::string GraphWriter::fresh(const std::string& kind) {
  std::string name;
  do name = fmt::format("{}_{}", kind, count_++);
  while (!taken_.insert(name).second);
  added_names_.push_back(name);
  return name;
}

void GraphWriter::set_input(const Value& v, const std::string& name) {
  names_[v] = name;
  taken_.insert(name);
  inputs_.emplace_back(v, name);
  if (v.type().is_dense()) dtypes_[name] = v.dtype();
}

Attributed GraphWriter::add(const std::string& op, const std::vector<std::string>& in, int outputs) {
  pb::NodeProto& node = *graph_.add_node();
  node.set_op_type(op);
  node.set_name(fresh(op));
  for (const std::string& name : in) node.add_input(name);
  for (int k = 0; k < outputs; ++k) node.add_output(fresh(op + "_y"));
  return {node};
}

void GraphWriter::set_weight(const Value& v, const std::string& name, const Array& value) {
  names_[v] = name;
  taken_.insert(name);
  add_initializer(value, name);
}

void GraphWriter::add_initializer(const Array& a, const std::string& name) {
  dtypes_[name] = a.dtype();
  if (apart_ == nullptr || a.dtype() == DType::Str || value_bits_of(a.dtype()) == 4 || a.bytes() < kLeastExternal) {
    *graph_.add_initializer() = proto_of(a, name);
    return;
  }
  *graph_.add_initializer() = proto_without_data(a.type(), name);
  apart_->emplace(name, a);
}

std::string GraphWriter::constant(const Array& a, const std::string& kind) {
  const std::string name = fresh(kind);
  add_initializer(a, name);
  return name;
}

std::string GraphWriter::constant(const Ints& list) {
  return constant(Array::from<std::int64_t>({list.begin(), list.end()}, {static_cast<i64>(list.size())}));
}

std::string GraphWriter::number(double value, DType t) { return constant(Array::scalar(value, t)); }

void GraphWriter::require_type(const Type& t) const {
  const i64 since = is_float8(t.dtype) ? 19 : value_bits_of(t.dtype) == 4 ? 21 : 0;
  require(opset_ >= since, "element type {} came with opset {}, and opset {} is written", t.dtype, since, opset_);
}

std::string GraphWriter::cast(const std::string& x, DType t) {
  const auto [found, added] = casts_.try_emplace({x, t});
  if (added) {
    added_casts_.push_back(found->first);
    Attributed node = add("Cast", {x}).set("to", i64{onnx_of_dtype(t)});
    if (is_float8(t)) node.set("saturate", i64{0});
    found->second = node.out();
    dtypes_[found->second] = t;
  }
  return found->second;
}

/// One unknown as a list of one element, read from an input of the graph that has it.
std::string GraphWriter::extent(const Dim& d) {
  if (d.is_constant()) return constant(Ints{d.value()});
  for (const auto& [v, name] : inputs_)
    for (std::size_t k = 0; k < v.shape().size(); ++k)
      if (v.shape()[k] == d)
        return add("Gather", {add("Shape", {name}).out(), constant(Ints{static_cast<i64>(k)})})
            .set("axis", i64{0})
            .out();
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

}  // namespace tenon::onnx
