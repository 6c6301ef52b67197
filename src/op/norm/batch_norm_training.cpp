#include "op/norm/batch_norm_training.h"

#include "op/math/functions.h"
#include "op/norm/normalization.h"
#include "op/norm/scaled_samples.h"
#include "op/reduce/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types BatchNormTraining::infer(Operands in) const {
  require_operands(name, in, 3);
  const Type& x = in[0].type;
  require_float(name, x);
  const i64 channel = require_axis(name, x, axis);
  require_scale_and_bias(name, in, {x.shape[static_cast<std::size_t>(channel)]});
  require_same_dtype(name, in.subspan(1));
  require_epsilon(name, epsilon);
  return {x, in[1].type, in[1].type};
}

Values BatchNormTraining::expand(Builder& b, std::span<const Value> in) const {
  const i64 rank = in[0].rank(), channel = normal_axis(axis, rank);
  const Ints over = axes_but(channel, rank);
  const DType t = in[1].dtype();
  const Built x = widened(b, in[0]), scale = along_axis(widened(b, in[1]), channel, rank);
  const Built bias = along_axis(widened(b, in[2]), channel, rank);
  const Statistics s = statistics(x, over);
  const Built y = s.centred * (scale * rsqrt(s.variance + epsilon)) + bias;
  const auto per_channel = [&](const Built& v) { return cast(reshape(v, in[1].shape()), t).value; };
  return {cast(y, in[0].dtype()).value, per_channel(s.mean), per_channel(s.variance)};
}

Values BatchNormTraining::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                              std::span<const Value> grad) const {
  const i64 rank = in[0].rank(), channel = normal_axis(axis, rank);
  const Ints over = axes_but(channel, rank);
  const auto spread = [&](const Value& v) { return along_axis(widened(b, v), channel, rank); };
  const Built x = widened(b, in[0]);
  // Statistics that were rounded to a narrow type are computed again.
  const bool kept = out[1].dtype() == x.dtype();
  const Statistics s = kept ? Statistics{x - spread(out[1]), spread(out[1]), spread(out[2])} : statistics(x, over);
  const Moments m{s.centred, rsqrt(s.variance + epsilon)};
  Values result(3);
  std::optional<Built> dx;
  const auto add = [&](const Built& g) { dx = dx ? *dx + g : g; };
  if (grad[0].defined()) {
    const Built dy = widened(b, grad[0]);
    add(through_moments(m, dy * spread(in[1]), over));
    const auto parameter = [&](const Built& g) { return over.empty() ? g : sum(g, over); };
    result[1] = cast(parameter(dy * m.normal()), in[1].dtype()).value;
    result[2] = cast(parameter(dy), in[2].dtype()).value;
  }
  if (grad[1].defined()) add(broadcast(divided_by_count(spread(grad[1]), x, over), x.shape()));
  if (grad[2].defined()) add(divided_by_count(spread(grad[2]) * 2, x, over) * s.centred);
  if (dx) result[0] = cast(*dx, in[0].dtype()).value;
  return result;
}

std::vector<Case<BatchNormTraining>> BatchNormTraining::samples() {
  std::vector<Case<BatchNormTraining>> list;
  const auto add = [&](const BatchNormTraining& op, std::vector<SampleInput> in) {
    list.push_back({op, std::move(in)});
  };
  add({}, scaled_sample({DType::F32, {3, 5}}, {5}, 2));
  add({.epsilon = 0.1}, scaled_sample({DType::F64, {2, 3, 1, 4}}, {3}, 2));
  add({.axis = -1}, scaled_sample({DType::F32, {2, 3, 4}}, {4}, 2));
  add({.axis = 0}, scaled_sample({DType::F32, {7}}, {7}, 2));
  add({}, scaled_sample({DType::F32, {0, 3}}, {3}, 2));
  for (DType t : {DType::F16, DType::BF16}) add({}, scaled_sample({t, {3, 4}}, {4}, 2));
  add({}, scaled_sample({DType::BF16, {3, 2, 2}}, {2}, 2, DType::F32));
  return list;
}

}  // namespace tenon
