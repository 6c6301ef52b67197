#include "op/norm/layer_norm.h"

#include "op/math/functions.h"
#include "op/norm/scaled_samples.h"
#include "op/reduce/functions.h"

namespace tenon {

Types LayerNorm::infer(Operands in) const {
  require(!in.empty(), "layer_norm: no operands given; expected x and, optionally, scale and bias");
  const Type& x = in[0].type;
  require_float(name, x);
  const i64 from = require_axis(name, x, axis);
  require_scale_and_bias(name, in, Shape(x.shape.begin() + from, x.shape.end()));
  require_epsilon(name, epsilon);
  return {x};
}

Values LayerNorm::expand(Builder& b, std::span<const Value> in) const {
  const i64 rank = in[0].rank();
  Built y = moments(widened(b, in[0]), axes_from(normal_axis(axis, rank), rank), epsilon).normal();
  if (in.size() > 1) y = y * widened(b, in[1]);
  if (in.size() > 2) y = y + widened(b, in[2]);
  return {cast(y, in[0].dtype()).value};
}

Values LayerNorm::vjp(Builder& b, std::span<const Value> in, std::span<const Value>,
                      std::span<const Value> grad) const {
  const i64 rank = in[0].rank(), from = normal_axis(axis, rank);
  const Ints over = axes_from(from, rank);
  const Moments m = moments(widened(b, in[0]), over, epsilon);
  const Built dy = widened(b, grad[0]), scaled = in.size() > 1 ? dy * widened(b, in[1]) : dy;
  Values result{cast(through_moments(m, scaled, over), in[0].dtype()).value};
  if (in.size() > 1) result.push_back(cast(summed_over_rows(dy * m.normal(), from), in[1].dtype()).value);
  if (in.size() > 2) result.push_back(cast(summed_over_rows(dy, from), in[2].dtype()).value);
  return result;
}

std::vector<Case<LayerNorm>> LayerNorm::samples() {
  std::vector<Case<LayerNorm>> list;
  const auto add = [&](const LayerNorm& op, std::vector<SampleInput> in) { list.push_back({op, std::move(in)}); };
  for (std::size_t parameters : {2, 1, 0}) add({}, scaled_sample({DType::F32, {3, 5}}, {5}, parameters));
  add({.axis = 1, .epsilon = 0.1}, scaled_sample({DType::F64, {2, 3, 1, 4}}, {3, 1, 4}, 2));
  add({.axis = 0}, scaled_sample({DType::F32, {7}}, {7}, 2));
  add({.axis = -2}, scaled_sample({DType::F32, {17, 3, 2}}, {3, 2}, 1));
  add({}, scaled_sample({DType::F32, {0, 3}}, {3}, 2));
  add({}, scaled_sample({DType::F32, {2, 1}}, {1}, 2));
  for (DType t : {DType::F16, DType::BF16}) add({}, scaled_sample({t, {3, 5}}, {5}, 2));
  add({}, scaled_sample({DType::BF16, {3, 5}}, {5}, 2, DType::F32));
  return list;
}

}  // namespace tenon
