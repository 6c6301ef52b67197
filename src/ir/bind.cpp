// Values of unknown extents put into functions.
#include "expr/analyse.h"
#include "ir/walk.h"

namespace tenon {

namespace {

bool has_unknowns(const Shape& s) { return !is_concrete(s); }

/// Nothing where no attribute has an unknown.
std::optional<AttributeMap> bound_attributes(const Op& op, const DimValues& values) {
  AttributeMap map;
  bool changed = false;
  for (const Field& field : op.fields()) {
    Attribute a = copy_of(field.value);
    if (auto* shape = std::get_if<Shape>(&a); shape && has_unknowns(*shape)) {
      for (Dim& d : *shape) d = with_values(d, values);
      changed = true;
    } else if (auto* e = std::get_if<expr::Expr>(&a); e && !e->nodes.empty() && !e->is_concrete()) {
      *e = expr::with_values(*e, values);
      changed = true;
    } else if (auto* f = std::get_if<FunctionPtr>(&a); f && *f && !is_concrete(**f)) {
      *f = std::make_shared<const Function>(with_values(**f, values));
      changed = true;
    }
    map.emplace(field.name, std::move(a));
  }
  return changed ? std::optional(std::move(map)) : std::nullopt;
}

}  // namespace

bool is_concrete(const Function& f) {
  auto known = [](const Value& v) { return is_concrete(v.type()); };
  if (!std::ranges::all_of(f.parameters, known)) return false;
  for (const Node* n : topological(f.results))
    if (!std::ranges::all_of(n->types(), [](const Type& t) { return is_concrete(t); })) return false;
  return true;
}

Function with_values(const Function& f, const DimValues& values) {
  Function bound{f.name, {}, {}};
  NodeMap<Values> now;
  for (const Value& p : f.parameters) {
    bound.parameters.emplace_back(Node::parameter(with_values(p.type(), values), p.node()->name()), 0);
    now[p.node().get()] = {bound.parameters.back()};
  }
  auto value_of = [&](const Value& v) {
    const Values* outputs = now.find(v.node().get());
    return outputs == nullptr ? v : (*outputs)[static_cast<std::size_t>(v.output())];
  };
  Builder builder;
  for (const Node* n : topological(f.results)) {
    if (n->is_parameter() || n->is_settled()) continue;
    auto attributes = bound_attributes(n->op(), values);
    std::vector<Value> args;
    for (const Value& v : n->args()) args.push_back(value_of(v));
    now[n] = builder.apply(attributes ? n->op().info().make(*attributes) : n->op_ref(), args);
  }
  for (const Value& r : f.results) bound.results.push_back(value_of(r));
  return bound;
}

}  // namespace tenon
