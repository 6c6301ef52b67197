#include "op/norm/instance_norm.h"

#include "op/math/functions.h"
#include "op/norm/functions.h"
#include "op/norm/scaled_samples.h"

namespace tenon {

Types InstanceNorm::infer(Operands in) const {
  require(!in.empty(), "instance_norm: no operands given; expected x and, optionally, scale and bias");
  const Type& x = in[0].type;
  require_float(name, x);
  require(x.rank() >= 3, "instance_norm: x is {}, expected [N, channels, positions, ...]", x);
  require_scale_and_bias(name, in, {x.shape[1]});
  require_epsilon(name, epsilon);
  return {x};
}

Values InstanceNorm::expand(Builder& b, std::span<const Value> in) const {
  Built y = layer_norm(widened(b, in[0]), 2, epsilon);
  if (in.size() > 1) y = y * along_axis(widened(b, in[1]), 1, in[0].rank());
  if (in.size() > 2) y = y + along_axis(widened(b, in[2]), 1, in[0].rank());
  return {cast(y, in[0].dtype()).value};
}

std::vector<Case<InstanceNorm>> InstanceNorm::samples() {
  std::vector<Case<InstanceNorm>> list;
  const auto add = [&](const InstanceNorm& op, std::vector<SampleInput> in) { list.push_back({op, std::move(in)}); };
  for (std::size_t parameters : {2, 1, 0}) add({}, scaled_sample({DType::F32, {2, 3, 5}}, {3}, parameters));
  add({.epsilon = 0.1}, scaled_sample({DType::F64, {2, 3, 2, 4}}, {3}, 2));
  add({}, scaled_sample({DType::F32, {1, 1, 1}}, {1}, 2));
  add({}, scaled_sample({DType::F32, {2, 0, 3}}, {0}, 2));
  for (DType t : {DType::F16, DType::BF16}) add({}, scaled_sample({t, {2, 2, 3}}, {2}, 2));
  return list;
}

}  // namespace tenon
