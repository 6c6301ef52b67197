#include "onnx/regular.h"

#include "op/functions.h"

namespace tenon::onnx {

std::span<const Regular> regular_operators() {
  static const std::vector<Regular> table{{"Abs", "abs"},
                                          {"Acos", "acos", 7},
                                          {"Acosh", "acosh", 9},
                                          {"Add", "add"},
                                          {"And", "logical_and"},
                                          {"Asin", "asin", 7},
                                          {"Asinh", "asinh", 9},
                                          {"Atan", "atan", 7},
                                          {"Atanh", "atanh", 9},
                                          {"BitwiseAnd", "bit_and", 18},
                                          {"BitwiseNot", "bit_not", 18},
                                          {"BitwiseOr", "bit_or", 18},
                                          {"BitwiseXor", "bit_xor", 18},
                                          {"Ceil", "ceil"},
                                          {"Celu", "celu", 12, {{"alpha", "alpha"}}},
                                          {"Cos", "cos", 7},
                                          {"Cosh", "cosh", 9},
                                          {"Elu", "elu", 1, {{"alpha", "alpha"}}},
                                          {"Equal", "equal"},
                                          {"Erf", "erf", 9},
                                          {"Exp", "exp"},
                                          {"Floor", "floor"},
                                          {"Gelu", "gelu", 20, {{"approximate", "approximate"}}},
                                          {"Greater", "greater"},
                                          {"GreaterOrEqual", "greater_equal", 12},
                                          {"HardSwish", "hard_swish", 14},
                                          {"IsNaN", "is_nan", 9},
                                          {"LeakyRelu", "leaky_relu", 1, {{"alpha", "slope"}}},
                                          {"Less", "less"},
                                          {"LessOrEqual", "less_equal", 12},
                                          {"Log", "log"},
                                          {"Mish", "mish", 18},
                                          {"Mul", "mul"},
                                          {"Neg", "neg"},
                                          {"Not", "logical_not"},
                                          {"Or", "logical_or"},
                                          {"Reciprocal", "reciprocal"},
                                          {"Relu", "relu"},
                                          {"Round", "round", 11},
                                          {"Sigmoid", "sigmoid"},
                                          {"Sign", "sign", 9},
                                          {"Sin", "sin", 7},
                                          {"Sinh", "sinh", 9},
                                          {"Softplus", "softplus"},
                                          {"Softsign", "soft_sign"},
                                          {"Sqrt", "sqrt"},
                                          {"Sub", "sub"},
                                          {"Tan", "tan", 7},
                                          {"Tanh", "tanh"},
                                          {"ThresholdedRelu", "thresholded_relu", 10, {{"alpha", "alpha"}}},
                                          {"Where", "where", 9},
                                          {"Xor", "logical_xor"}};
  return table;
}

const Regular* find_regular(std::string_view onnx) {
  for (const Regular& r : regular_operators())
    if (r.onnx == onnx) return &r;
  return nullptr;
}

namespace {

/// By the type of ONNX's attribute, which agrees with the field's.
Attribute attribute_of(const NodeView& n, const std::string& name, const pb::AttributeProto& a) {
  switch (a.type()) {
    case pb::AttributeProto::INT: return n.integer(name);
    case pb::AttributeProto::FLOAT: return n.real(name);
    case pb::AttributeProto::STRING: return n.text(name);
    case pb::AttributeProto::INTS: return n.ints(name);
    default: fail("attribute {} is of a kind that {} does not take", name, n.op());
  }
}

}  // namespace

Value aligned(const NodeView& n, const Value& a, const Value& b) {
  if (n.opset() >= 7 || !n.flag("broadcast", false) || !n.has_attribute("axis")) return b;
  const i64 axis = normal_axis(n.integer("axis"), a.rank()), after = a.rank() - axis - b.rank();
  require(after >= 0, "axis {} leaves no room in {} for {}", axis, a.type(), b.type());
  Shape shape = b.shape();
  for (i64 k = 0; k < after; ++k) shape.push_back(1);
  return reshape(b, shape);
}

std::vector<Value> apply_regular(const Regular& r, const NodeView& n) {
  AttributeMap attributes;
  for (const Regular::Pair& pair : r.attributes) {
    const std::string name(pair.onnx);
    if (const pb::AttributeProto* a = n.find(name)) attributes.emplace(pair.ours, attribute_of(n, name, *a));
  }
  std::vector<Value> in;
  for (std::size_t k = 0; k < n.inputs(); ++k) in.push_back(n.in(k));
  if (in.size() == 2) in[1] = aligned(n, in[0], in[1]);
  return apply_outputs(find_op(r.ours)->make(attributes), in);
}

}  // namespace tenon::onnx
