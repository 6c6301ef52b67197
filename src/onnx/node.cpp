#include "onnx/node.h"

#include "onnx/scope.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

using Kind = pb::AttributeProto;

NodeView::NodeView(const pb::NodeProto& node, i64 opset, Scope& scope) : node_(node), opset_(opset), scope_(scope) {
  for (const std::string& name : node.input()) in_.push_back(name.empty() ? Value() : scope.lookup(name));
}

const Value& NodeView::in(std::size_t k) const {
  require(has(k), "input {} is missing", k);
  return in_[k];
}

const pb::AttributeProto* NodeView::find(const std::string& name) const {
  for (const pb::AttributeProto& a : node_.attribute()) {
    if (a.name() != name) continue;
    return a.ref_attr_name().empty() ? &a : scope_.attribute(a.ref_attr_name());
  }
  return nullptr;
}

const pb::AttributeProto& NodeView::require_attribute(const std::string& name, Kind::AttributeType type,
                                                      const char* kind) const {
  const pb::AttributeProto* a = find(name);
  require(a != nullptr, "attribute {} is missing; it must be {}", name, kind);
  // Old files say no type.
  require(a->type() == type || a->type() == Kind::UNDEFINED, "attribute {} is no {}", name, kind);
  return *a;
}

i64 NodeView::integer(const std::string& name, std::optional<i64> otherwise) const {
  if (otherwise && !has_attribute(name)) return *otherwise;
  return require_attribute(name, Kind::INT, "integer").i();
}
double NodeView::real(const std::string& name, std::optional<double> otherwise) const {
  if (otherwise && !has_attribute(name)) return *otherwise;
  return static_cast<double>(require_attribute(name, Kind::FLOAT, "number").f());
}
std::string NodeView::text(const std::string& name, std::optional<std::string> otherwise) const {
  if (otherwise && !has_attribute(name)) return *otherwise;
  return require_attribute(name, Kind::STRING, "text").s();
}
Ints NodeView::ints(const std::string& name, std::optional<Ints> otherwise) const {
  if (otherwise && !has_attribute(name)) return *otherwise;
  const auto& list = require_attribute(name, Kind::INTS, "list of integers").ints();
  return Ints(list.begin(), list.end());
}
std::vector<double> NodeView::reals(const std::string& name, std::optional<std::vector<double>> otherwise) const {
  if (otherwise && !has_attribute(name)) return *otherwise;
  const auto& list = require_attribute(name, Kind::FLOATS, "list of numbers").floats();
  return {list.begin(), list.end()};
}
std::vector<std::string> NodeView::texts(const std::string& name,
                                         std::optional<std::vector<std::string>> otherwise) const {
  if (otherwise && !has_attribute(name)) return *otherwise;
  const auto& list = require_attribute(name, Kind::STRINGS, "list of texts").strings();
  return {list.begin(), list.end()};
}
Array NodeView::tensor(const std::string& name) const {
  return array_of(require_attribute(name, Kind::TENSOR, "tensor").t(), scope_.folder(), "attribute " + name);
}
const pb::GraphProto& NodeView::graph(const std::string& name) const {
  return require_attribute(name, Kind::GRAPH, "graph").g();
}

std::optional<Array> NodeView::known(std::size_t k) const {
  const Array* a = scope_.known(in(k));
  return a ? std::optional(*a) : std::nullopt;
}

Array NodeView::value(std::size_t k) const {
  if (const Array* a = scope_.known(in(k))) return *a;
  scope_.ask_for(in(k), fmt::format("input {} ('{}')", k, node_.input(static_cast<int>(k))));
}

std::optional<Shape> NodeView::known_extents(std::size_t k) const {
  const Value& v = in(k);
  require(is_integer(v.dtype()) && v.rank() <= 1, "input {} is {}, and must be a list of integers", k, v.type());
  if (const Array* a = scope_.known(v)) {
    Shape s;
    for (i64 p = 0; p < a->count(); ++p) s.push_back(a->at(p).as_int());
    return s;
  }
  return extents_of(operand_of(v));
}

Shape NodeView::extents(std::size_t k) const {
  if (auto s = known_extents(k)) return *s;
  value(k);  // says what is missing
  return {};
}

std::optional<Shape> NodeView::extents_or_data(std::size_t k) const {
  if (auto s = known_extents(k)) return s;
  if (scope_.worth_asking(in(k))) value(k);
  return {};
}

bool NodeView::is_known(Dim extent) const {
  if (extent.is_constant()) return true;
  if (scope_.follows_inputs(extent)) throw NeedsInputs(fmt::format("the extent {} must be known", extent), {});
  return false;
}

Ints NodeView::ints_of(std::size_t k) const {
  const Shape s = extents(k);
  if (!is_concrete(s)) value(k);
  return Ints(s.begin(), s.end());
}

Value constant_of(const Ints& list) {
  return constant_of(Array::from<std::int64_t>({list.begin(), list.end()}, {static_cast<i64>(list.size())}));
}

}  // namespace tenon::onnx
