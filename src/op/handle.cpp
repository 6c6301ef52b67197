#include "op/handle.h"

#include <cmath>

#include "op/shape/full.h"

namespace tenon {

std::vector<Value> apply_outputs(OpRef op, std::span<const Value> args) {
  Builder builder;
  const Values outputs = builder.apply(std::move(op), args);
  return {outputs.begin(), outputs.end()};
}

Value apply_op(OpRef op, std::span<const Value> args) { return apply_outputs(std::move(op), args)[0]; }

std::vector<Built> apply_outputs(OpRef op, std::span<const Built> args) {
  expect(!args.empty(), "an operator without operands has no builder; apply it to the builder itself");
  std::vector<Value> values;
  for (const Built& a : args) values.push_back(a.value);
  std::vector<Built> outputs;
  for (const Value& v : args[0].builder->apply(std::move(op), values)) outputs.push_back({args[0].builder, v});
  return outputs;
}

Built apply_op(OpRef op, std::span<const Built> args) { return apply_outputs(std::move(op), args)[0]; }

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
