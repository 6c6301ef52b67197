#include "op/norm/group_norm.h"

#include "op/math/functions.h"
#include "op/norm/functions.h"
#include "op/norm/scaled_samples.h"
#include "op/shape/functions.h"

namespace tenon {

Types GroupNorm::infer(Operands in) const {
  require(!in.empty(), "group_norm: no operands given; expected x and, optionally, scale and bias");
  const Type& x = in[0].type;
  require_float(name, x);
  require(x.rank() >= 2, "group_norm: x is {}, expected [N, channels, ...]", x);
  const Dim channels = x.shape[1];
  require(groups > 0 && channels % groups == 0, "group_norm: {} groups do not divide the {} channels of {}", groups,
          channels, x);
  require_scale_and_bias(name, in, {channels});
  require_epsilon(name, epsilon);
  return {x};
}

Values GroupNorm::expand(Builder& b, std::span<const Value> in) const {
  const Shape& shape = in[0].shape();
  Shape split = shape;
  split[1] = floor_div(shape[1], groups);
  split.insert(split.begin() + 1, groups);
  Built y = reshape(layer_norm(reshape(widened(b, in[0]), split), 2, epsilon), shape);
  if (in.size() > 1) y = y * along_axis(widened(b, in[1]), 1, in[0].rank());
  if (in.size() > 2) y = y + along_axis(widened(b, in[2]), 1, in[0].rank());
  return {cast(y, in[0].dtype()).value};
}

std::vector<Case<GroupNorm>> GroupNorm::samples() {
  std::vector<Case<GroupNorm>> list;
  const auto add = [&](const GroupNorm& op, std::vector<SampleInput> in) { list.push_back({op, std::move(in)}); };
  for (std::size_t parameters : {2, 1, 0}) add({.groups = 2}, scaled_sample({DType::F32, {2, 6, 3}}, {6}, parameters));
  add({.groups = 3, .epsilon = 0.1}, scaled_sample({DType::F64, {2, 3, 2, 4}}, {3}, 2));
  add({.groups = 1}, scaled_sample({DType::F32, {3, 5}}, {5}, 2));
  add({.groups = 2}, scaled_sample({DType::F32, {0, 4, 3}}, {4}, 2));
  add({.groups = 2}, scaled_sample({DType::F32, {2, 4, 0}}, {4}, 2));
  for (DType t : {DType::F16, DType::BF16}) add({.groups = 2}, scaled_sample({t, {2, 4, 3}}, {4}, 2));
  add({.groups = 2}, scaled_sample({DType::F16, {2, 4, 3}}, {4}, 2, DType::F32));
  return list;
}

}  // namespace tenon
