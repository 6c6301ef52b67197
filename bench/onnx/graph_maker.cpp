#include "onnx/graph_maker.h"

#include <fstream>

#include "base/error.h"

namespace tenon::bench {

namespace pb = onnx::pb;

namespace {

void set(pb::AttributeProto& to, const Attribute& value) {
  if (auto* integer = std::get_if<i64>(&value)) {
    to.set_type(pb::AttributeProto::INT);
    to.set_i(*integer);
  } else if (auto* number = std::get_if<float>(&value)) {
    to.set_type(pb::AttributeProto::FLOAT);
    to.set_f(*number);
  } else if (auto* text = std::get_if<std::string>(&value)) {
    to.set_type(pb::AttributeProto::STRING);
    to.set_s(*text);
  } else {
    to.set_type(pb::AttributeProto::INTS);
    for (const i64 k : std::get<std::vector<i64>>(value)) to.add_ints(k);
  }
}

}  // namespace

GraphMaker::GraphMaker(const std::string& name, i64 opset) : graph_(*model_.mutable_graph()) {
  model_.set_ir_version(8);
  model_.set_producer_name("tenon bench");
  auto* versions = model_.add_opset_import();
  versions->set_domain("");
  versions->set_version(opset);
  graph_.set_name(name);
}

std::string GraphMaker::input(const std::string& name, const Extents& shape) {
  auto* port = graph_.add_input();
  port->set_name(name);
  auto* type = port->mutable_type()->mutable_tensor_type();
  type->set_elem_type(pb::TensorProto::FLOAT);
  inputs_.emplace_back();
  for (const i64 extent : shape) {
    type->mutable_shape()->add_dim()->set_dim_value(extent);
    inputs_.back().push_back(extent);
  }
  return name;
}

pb::TensorProto* GraphMaker::initializer(const std::string& name, int type, const Extents& shape) {
  auto* tensor = graph_.add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(type);
  for (const i64 extent : shape) tensor->add_dims(extent);
  return tensor;
}

std::string GraphMaker::numbers(const Extents& shape, double lowest, double highest) {
  const std::string name = fresh("weight");
  i64 count = 1;
  for (const i64 extent : shape) count *= extent;
  std::string* bytes = initializer(name, pb::TensorProto::FLOAT, shape)->mutable_raw_data();
  bytes->resize(static_cast<std::size_t>(count) * sizeof(float));
  auto* data = reinterpret_cast<float*>(bytes->data());
  for (i64 k = 0; k < count; ++k) data[k] = static_cast<float>(lowest + rng_.uniform() * (highest - lowest));
  return name;
}

std::string GraphMaker::weight(const Extents& shape, double spread) { return numbers(shape, -spread, spread); }
std::string GraphMaker::positive_weight(const Extents& shape) { return numbers(shape, 0.5, 1.5); }

std::string GraphMaker::constant(const std::vector<i64>& values) {
  const std::string name = fresh("constant");
  auto* tensor = initializer(name, pb::TensorProto::INT64, {static_cast<i64>(values.size())});
  for (const i64 k : values) tensor->add_int64_data(k);
  return name;
}

std::string GraphMaker::scalar(float value) {
  const std::string name = fresh("constant");
  initializer(name, pb::TensorProto::FLOAT, {})->add_float_data(value);
  return name;
}

std::vector<std::string> GraphMaker::node_of(const std::string& op, const std::vector<std::string>& inputs, int outputs,
                                             const Attributes& attributes) {
  auto* node = graph_.add_node();
  node->set_op_type(op);
  node->set_name(fresh(op));
  for (const std::string& name : inputs) node->add_input(name);
  for (const auto& [name, value] : attributes) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    set(*attribute, value);
  }
  std::vector<std::string> results;
  for (int k = 0; k < outputs; ++k) {
    results.push_back(fresh("value"));
    node->add_output(results.back());
  }
  return results;
}

std::string GraphMaker::node(const std::string& op, const std::vector<std::string>& inputs,
                             const Attributes& attributes) {
  return node_of(op, inputs, 1, attributes)[0];
}

void GraphMaker::output(const std::string& name) {
  auto* port = graph_.add_output();
  port->set_name(name);
  port->mutable_type()->mutable_tensor_type()->set_elem_type(pb::TensorProto::FLOAT);
}

void GraphMaker::save(const std::string& path) const {
  std::ofstream file(path, std::ios::binary);
  require(model_.SerializeToOstream(&file) && file.flush(), "cannot write {}", path);
}

}  // namespace tenon::bench
