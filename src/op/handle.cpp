#include "op/handle.h"

#include <cmath>

#include "op/shape/full.h"

namespace tenon {

Value apply_op(OpRef op, std::span<const Value> args) {
  return Value(Node::make(std::move(op), SmallVector<Value, 3>(args.begin(), args.end())), 0);
}

Built apply_op(OpRef op, std::span<const Built> args) {
  expect(!args.empty(), "an operator without operands has no builder; apply it to the builder itself");
  std::vector<Value> values;
  for (const Built& a : args) values.push_back(a.value);
  return {args[0].builder, args[0].builder->apply(std::move(op), values)[0]};
}

Value lift(double number, const Value& like) {
  return apply_op(make_op(Full{number, like.dtype(), {}}), std::span<const Value>());
}

Built lift(double number, const Built& like) {
  return {like.builder, like.builder->apply1(make_op(Full{number, like.dtype(), {}}), {})};
}

void require_liftable(double number, DType t) {
  if (is_float(t)) return;
  require(t != DType::Bool, "the number {} is combined with a bool tensor; cast the tensor first", number);
  require(number == std::floor(number), "the number {} is combined with an {} tensor; cast the tensor to a float first",
          number, t);
  require(number >= lowest_of(t) && number <= highest_of(t),
          "the number {} does not fit the tensor's type {}; cast the tensor first", number, t);
}

}  // namespace tenon
