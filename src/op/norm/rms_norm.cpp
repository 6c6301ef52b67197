#include "op/norm/rms_norm.h"

#include "op/math/functions.h"
#include "op/norm/scaled_samples.h"
#include "op/reduce/functions.h"

namespace tenon {

Types RmsNorm::infer(Operands in) const {
  require(in.size() == 1 || in.size() == 2, "rms_norm: {} operands given; expected x and, optionally, scale",
          in.size());
  const Type& x = in[0].type;
  require_float(name, x);
  const i64 from = require_axis(name, x, axis);
  require_scale_and_bias(name, in, Shape(x.shape.begin() + from, x.shape.end()));
  require_epsilon(name, epsilon);
  return {x};
}

namespace {

/// 1 / sqrt(mean(x^2) + epsilon)
Built inverse_of(const Built& x, const Ints& over, double epsilon) {
  return rsqrt(mean(square(x), over, true) + epsilon);
}

}  // namespace

Values RmsNorm::expand(Builder& b, std::span<const Value> in) const {
  const i64 rank = in[0].rank();
  const Built x = widened(b, in[0]);
  Built y = x * inverse_of(x, axes_from(normal_axis(axis, rank), rank), epsilon);
  if (in.size() > 1) y = y * widened(b, in[1]);
  return {cast(y, in[0].dtype()).value};
}

// r (g - n mean(g n)), where r is the inverse, n = x r and g the gradient times scale
Values RmsNorm::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const i64 rank = in[0].rank(), from = normal_axis(axis, rank);
  const Ints over = axes_from(from, rank);
  const Built x = widened(b, in[0]), r = inverse_of(x, over, epsilon), n = x * r, dy = widened(b, grad[0]);
  const Built g = in.size() > 1 ? dy * widened(b, in[1]) : dy;
  Values result{cast(r * (g - n * mean(g * n, over, true)), in[0].dtype()).value};
  if (in.size() > 1) result.push_back(cast(summed_over_rows(dy * n, from), in[1].dtype()).value);
  return result;
}

std::vector<Case<RmsNorm>> RmsNorm::samples() {
  std::vector<Case<RmsNorm>> list;
  const auto add = [&](const RmsNorm& op, std::vector<SampleInput> in) { list.push_back({op, std::move(in)}); };
  for (std::size_t parameters : {1, 0}) add({}, scaled_sample({DType::F32, {3, 5}}, {5}, parameters));
  add({.axis = 1, .epsilon = 0.1}, scaled_sample({DType::F64, {2, 3, 1, 4}}, {3, 1, 4}, 1));
  add({.axis = 0}, scaled_sample({DType::F32, {7}}, {7}, 1));
  add({}, scaled_sample({DType::F32, {0, 3}}, {3}, 1));
  for (DType t : {DType::F16, DType::BF16}) add({}, scaled_sample({t, {3, 5}}, {5}, 1));
  add({}, scaled_sample({DType::F16, {3, 5}}, {5}, 1, DType::F32));
  return list;
}

}  // namespace tenon
