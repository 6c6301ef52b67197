#include "pass/rules.h"

#include "pass/rules/themes.h"

namespace tenon {

std::string_view name_of(Exactness e) {
  switch (e) {
    case Exactness::BitExact: return "bit-exact";
    case Exactness::Reassociating: return "reassociating";
    default: return "approximate";
  }
}

std::span<const AlgebraRule> all_rules() {
  static const std::vector<AlgebraRule> rules = [] {
    std::vector<AlgebraRule> all;
    for (auto theme : {identity_rules, negation_rules, constant_rules, integer_rules, choice_rules, function_rules,
                       cast_rules, shape_rules, piece_rules, reduction_rules, product_rules}) {
      auto more = theme();
      all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return all;
  }();
  return rules;
}

Value constant_of(Number n, DType t) {
  const Number x = n.rounded_to(t);
  if (is_float(t) || Number(x.as_double()).rounded_to(t) == x)
    return Value(Node::make(make_op(Full{x.as_double(), t, {}}), {}), 0);
  return Value(Node::leaf(Array::scalar(x, t)), 0);
}

Number number_of(const Value& uniform) {
  const std::optional<Number> n = uniform_value(uniform);
  expect(n.has_value(), "a pattern has bound this to a uniform value");
  return *n;
}

bool shaped_by(M m, std::initializer_list<Var> values) {
  const Shape& root = m.root().shape();
  Shape shape;
  for (const Var& v : values) {
    const Shape& s = m[v].shape();
    if (s == root) return true;
    if (!is_concrete(s)) return false;
    shape = broadcast_shapes(shape, s);
  }
  return shape == root;
}

bool typed_by(M m, std::initializer_list<Var> values) {
  return m[*values.begin()].dtype() == m.root().dtype() && shaped_by(m, values);
}

Value reapplied(const Value& node, std::initializer_list<Value> operands) {
  return Value(Node::make(node.node()->op_ref(), SmallVector<Value, 3>(operands.begin(), operands.end())), 0);
}

}  // namespace tenon
