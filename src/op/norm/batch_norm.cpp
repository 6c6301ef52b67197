#include "op/norm/batch_norm.h"

#include "op/math/functions.h"
#include "op/norm/normalization.h"

namespace tenon {

Types BatchNorm::infer(Operands in) const {
  require_operands(name, in, 5);
  const Type& x = in[0].type;
  require_float(name, x);
  const i64 channel = require_axis(name, x, axis);
  const char* names[] = {"scale", "bias", "mean", "variance"};
  for (std::size_t k = 0; k < 4; ++k)
    require_parameter(name, names[k], in[k + 1].type, x, {x.shape[static_cast<std::size_t>(channel)]});
  require_epsilon(name, epsilon);
  return {x};
}

Values BatchNorm::expand(Builder& b, std::span<const Value> in) const {
  const i64 rank = in[0].rank(), channel = normal_axis(axis, rank);
  const auto parameter = [&](std::size_t k) { return widened(b, in[k]); };
  const auto spread = [&](const Built& v) { return along_axis(v, channel, rank); };
  const Built slope = parameter(1) * rsqrt(parameter(4) + epsilon);
  const Built y = (widened(b, in[0]) - spread(parameter(3))) * spread(slope) + spread(parameter(2));
  return {cast(y, in[0].dtype()).value};
}

std::vector<Case<BatchNorm>> BatchNorm::samples() {
  std::vector<Case<BatchNorm>> list;
  const auto add = [&](const BatchNorm& op, const Type& x, Dim channels, DType t) {
    const Type c{t, {channels}};
    list.push_back({op, {{x}, {c}, {c}, {c}, {c, 0.5, 2}}});
  };
  add({}, {DType::F32, {3, 5}}, 5, DType::F32);
  add({.epsilon = 0.1}, {DType::F64, {2, 3, 1, 4}}, 3, DType::F64);
  add({.axis = -1}, {DType::F32, {2, 3, 4}}, 4, DType::F32);
  add({.axis = 0}, {DType::F32, {7}}, 7, DType::F32);
  add({}, {DType::F32, {0, 3, 2}}, 3, DType::F32);
  add({}, {DType::F16, {2, 3}}, 3, DType::F16);
  add({}, {DType::BF16, {2, 3}}, 3, DType::F32);
  return list;
}

}  // namespace tenon
