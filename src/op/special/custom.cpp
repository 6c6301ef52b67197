#include "op/special/custom.h"

namespace tenon {

Types Custom::infer(Operands in) const {
  const CustomFunction& f = find_custom_function(name, function);
  std::vector<Value> operands;
  for (const Operand& x : in) operands.emplace_back(x.constant ? Node::leaf(*x.constant) : Node::parameter(x.type), 0);
  Builder builder;
  try {
    Types types;
    for (const Value& v : f.expand(builder, operands)) types.push_back(v.type());
    return types;
  } catch (const Error& e) {
    fail("custom: '{}': {}", function, e.what());
  }
}

Values Custom::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                   std::span<const Value> grad) const {
  Values grads = find_custom_function(name, function).vjp(b, in, out, grad);
  require(grads.size() == in.size(), "custom: '{}' has {} operands, but its gradient gives {}", function, in.size(),
          grads.size());
  return grads;
}

}  // namespace tenon
