#include "pass/bodies.h"

#include <unordered_map>

#include "op/kernel.h"

namespace tenon {

namespace {

/// Kernels are left alone: their bodies are what code is generated of.
bool holds_functions(const Node& n) {
  if (n.is_parameter() || n.is_settled() || get_if<FusedKernel>(n.op())) return false;
  if (!n.op().traits().host && !n.op().traits().composite) return false;
  for (const Field& field : n.op().fields())
    if (auto* function = std::get_if<const FunctionPtr*>(&field.value); function && **function) return true;
  return false;
}

}  // namespace

bool has_bodies(const Function& f) {
  return std::ranges::any_of(topological(f.results), [](const Node* n) { return holds_functions(*n); });
}

Function with_bodies(const Function& f, FunctionRef<Function(const Function&)> fn) {
  if (!has_bodies(f)) return f;
  std::unordered_map<const Function*, FunctionPtr> renewed;
  const auto renewed_of = [&](const FunctionPtr& body) {
    FunctionPtr& entry = renewed[body.get()];
    if (!entry) entry = std::make_shared<const Function>(fn(*body));
    return entry;
  };
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    if (!holds_functions(n)) return {};
    AttributeMap attributes;
    for (const Field& field : n.op().fields()) {
      Attribute value = copy_of(field.value);
      if (auto* body = std::get_if<FunctionPtr>(&value); body && *body) *body = renewed_of(*body);
      attributes.emplace(field.name, std::move(value));
    }
    Builder builder;
    return builder.apply(n.op().info().make(attributes), args);
  });
}

}  // namespace tenon
