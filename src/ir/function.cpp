// Types, hash and equality of functions.
#include "base/hash.h"
#include "ir/walk.h"

namespace tenon {

std::uint64_t hash_of_settled(const Node& node) {
  std::uint64_t h = 0;
  for (std::size_t k = 0; k < node.outputs(); ++k) {
    std::uint64_t value = hash_of(kConstantOp, Fields{{"value", &node.result(static_cast<std::int32_t>(k))}});
    h = k == 0 ? value : mix(h, value);
  }
  return h;
}

namespace {

// Position of each parameter.
NodeMap<std::int32_t> positions_of(const std::vector<Value>& parameters) {
  NodeMap<std::int32_t> map(parameters.size());
  for (const Value& p : parameters) map.try_emplace(p.node().get(), static_cast<std::int32_t>(map.size()));
  return map;
}

std::uint64_t hash_of(const Node& node, const Walk& walk) {
  if (node.is_settled()) return hash_of_settled(node);
  std::uint64_t h = node.op().hash();
  for (const Value& v : node.args()) {
    std::uint64_t position = static_cast<std::uint64_t>(walk.position(v.node().get()));
    h = mix(h, position << 16 ^ static_cast<std::uint64_t>(v.output()));
  }
  return h;
}

bool same_value(const Value& a, const Walk& in_a, const Value& b, const Walk& in_b) {
  return a.output() == b.output() && in_a.position(a.node().get()) == in_b.position(b.node().get());
}

bool same_values(std::span<const Value> a, const Walk& in_a, std::span<const Value> b, const Walk& in_b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Value& x, const Value& y) { return same_value(x, in_a, y, in_b); });
}

bool same_known_values(const Node& a, const Node& b) {
  if (a.outputs() != b.outputs()) return false;
  for (std::size_t k = 0; k < a.outputs(); ++k) {
    const Array* x = known_value(a, static_cast<std::int32_t>(k));
    const Array* y = known_value(b, static_cast<std::int32_t>(k));
    if (x == nullptr || y == nullptr || !identical(*x, *y)) return false;
  }
  return true;
}

bool same_node(const Node& a, const Walk& in_a, const Node& b, const Walk& in_b) {
  if (a.is_settled() || b.is_settled()) return same_known_values(a, b);
  return a.op().equals(b.op()) && same_values(a.args(), in_a, b.args(), in_b);
}

}  // namespace

std::vector<Type> Function::parameter_types() const {
  std::vector<Type> types;
  for (const Value& p : parameters) types.push_back(p.type());
  return types;
}

std::vector<Type> Function::result_types() const {
  std::vector<Type> types;
  for (const Value& r : results) types.push_back(r.type());
  return types;
}

std::uint64_t Function::hash() const {
  Walk walk(results);
  NodeMap<std::int32_t> positions = positions_of(parameters);
  std::uint64_t h = mix(parameters.size(), results.size());
  for (const Value& p : parameters) h = mix(h, hash_of(p.type()));
  for (const Node* node : walk.nodes()) {
    const std::int32_t* position = positions.find(node);
    expect(position != nullptr || !node->is_parameter(), "a function lists its parameters");
    h = mix(h, position != nullptr ? static_cast<std::uint64_t>(*position) : hash_of(*node, walk));
  }
  for (const Value& r : results) {
    h = mix(h,
            static_cast<std::uint64_t>(walk.position(r.node().get())) << 16 ^ static_cast<std::uint64_t>(r.output()));
  }
  return h;
}

bool structurally_equal(const Function& a, const Function& b) {
  if (a.parameter_types() != b.parameter_types() || a.results.size() != b.results.size()) return false;
  Walk in_a(a.results), in_b(b.results);
  if (in_a.size() != in_b.size()) return false;
  NodeMap<std::int32_t> parameters_a = positions_of(a.parameters), parameters_b = positions_of(b.parameters);
  for (std::size_t k = 0; k < in_a.size(); ++k) {
    const Node &x = *in_a.nodes()[k], &y = *in_b.nodes()[k];
    const std::int32_t *p = parameters_a.find(&x), *q = parameters_b.find(&y);
    if ((p == nullptr) != (q == nullptr)) return false;
    if (p != nullptr ? *p != *q : !same_node(x, in_a, y, in_b)) return false;
  }
  return same_values(a.results, in_a, b.results, in_b);
}

}  // namespace tenon
