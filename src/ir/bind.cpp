// Values of unknown extents put into functions.
#include <set>

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

void add_unknowns(std::set<std::string>& names, Dim d) {
  for (std::string& name : unknowns(d)) names.insert(std::move(name));
}
void add_unknowns(std::set<std::string>& names, const Shape& shape) {
  for (Dim d : shape) add_unknowns(names, d);
}
void add_unknowns(std::set<std::string>& names, const Type& t) {
  add_unknowns(names, t.shape);
  if (t.is_dense()) return;
  add_unknowns(names, t.composite->rows);
  add_unknowns(names, t.composite->element);
}
void add_unknowns(std::set<std::string>& names, const expr::Affine& a) {
  add_unknowns(names, a.offset);
  for (const expr::Term& t : a.terms) add_unknowns(names, t.coef);
}
void add_unknowns(std::set<std::string>& names, const expr::Expr& e) {
  for (Dim d : e.domain.extent) add_unknowns(names, d);
  for (const Type& t : e.in) add_unknowns(names, t);
  for (const expr::Node& n : e.nodes) {
    for (const expr::Coord& c : n.at) add_unknowns(names, c.at);
    for (const expr::Cond& c : n.cond)
      add_unknowns(names, c.e.at), add_unknowns(names, c.lo), add_unknowns(names, c.hi);
  }
}

void add_unknowns(std::set<std::string>& names, const Field& field) {
  if (auto* shape = std::get_if<const Shape*>(&field.value)) return add_unknowns(names, **shape);
  if (auto* e = std::get_if<const expr::Expr*>(&field.value)) return add_unknowns(names, **e);
  if (auto* f = std::get_if<const FunctionPtr*>(&field.value); f && **f)
    for (std::string& name : unknowns(***f)) names.insert(std::move(name));
}

}  // namespace

std::vector<std::string> unknowns(const Function& f) {
  std::set<std::string> names;
  for (const Value& p : f.parameters) add_unknowns(names, p.type());
  for (const Node* n : topological(f.results)) {
    for (const Type& t : n->types()) add_unknowns(names, t);
    if (n->is_parameter() || n->is_settled()) continue;
    for (const Field& field : n->op().fields()) add_unknowns(names, field);
  }
  return {names.begin(), names.end()};
}

DimValues values_of_unknowns(const Function& f, std::span<const Array> args) {
  require(args.size() == f.parameters.size(), "function {} takes {} arguments, {} given", f.name, f.parameters.size(),
          args.size());
  DimValues values;
  for (std::size_t k = 0; k < args.size(); ++k) {
    require(args[k].defined(), "argument {} of function {} is undefined", k, f.name);
    const Type& t = f.parameters[k].type();
    require(match(t, args[k].type(), values), "argument {} of function {} is {}, expected {}", k, f.name,
            args[k].type(), t);
  }
  return values;
}

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
