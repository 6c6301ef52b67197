// Softmax and normalisation.
#include <algorithm>

#include "onnx/converters.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// Before opset 13 softmax is over all dimensions from the axis on together.
template <Value (*Of)(const Value&, i64)>
Results over_axis(const NodeView& n) {
  const Value x = n.in(0);
  if (std::ranges::count(x.shape(), Dim(0)) > 0) return {x};  // also where there is nothing to compare
  if (n.opset() >= 13) return {Of(x, normal_axis(n.integer("axis", -1), x.rank()))};
  const i64 given = n.integer("axis", 1), axis = given == x.rank() ? given : normal_axis(given, x.rank());
  if (axis + 1 == x.rank()) return {Of(x, axis)};
  return {reshape(Of(flatten(x, axis), axis), x.shape())};
}
Value softmax_of(const Value& x, i64 axis) { return softmax(x, axis); }
Value log_softmax_of(const Value& x, i64 axis) { return log_softmax(x, axis); }

Results batch_normalization(const NodeView& n) {
  const Value x = n.in(0);
  const double epsilon = n.real("epsilon", 1e-5), momentum = n.real("momentum", 0.9);
  require(n.flag("spatial", true) || n.opset() >= 9,
          "attribute spatial=0 (one statistic for each position) is not supported");
  const bool training = n.opset() >= 14 ? n.flag("training_mode", false) : n.opset() < 7 && !n.flag("is_test", false);
  require(x.rank() >= 2, "x is {}, and must have a batch and channels", x.type());
  const Value scale = n.in(1), bias = n.in(2), old_mean = n.in(3), old_variance = n.in(4);
  if (!training) {
    const bool wider = bits_of(x.dtype()) == 16 && scale.dtype() == DType::F32;
    const DType t = wider ? DType::F32 : x.dtype();
    return {batch_norm(x, cast(scale, t), cast(bias, t), cast(old_mean, t), cast(old_variance, t), 1, epsilon)};
  }
  const NormalizedBatch<Value> now = batch_norm_training(x, cast(scale, x.dtype()), cast(bias, x.dtype()), 1, epsilon);
  const auto running = [&](const Value& old, const Value& fresh) {
    return old * momentum + cast(fresh, old.dtype()) * (1 - momentum);
  };
  return {now.y, running(old_mean, now.mean), running(old_variance, now.variance), now.mean, now.variance};
}

Results instance_normalization(const NodeView& n) {
  return {instance_norm(n.in(0), n.in(1), n.in(2), n.real("epsilon", 1e-5))};
}

/// Scale and bias that need broadcasting stand for themselves.
bool has_extents_from(const Value& part, const Value& x, i64 axis) {
  return part.shape() == Shape(x.shape().begin() + axis, x.shape().end());
}

Results layer_normalization(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", -1), x.rank());
  const double epsilon = n.real("epsilon", 1e-5);
  const bool plain = has_extents_from(n.in(1), x, axis) && (!n.has(2) || has_extents_from(n.in(2), x, axis));
  Value y;
  if (plain) {
    y = n.has(2) ? layer_norm(x, n.in(1), n.in(2), axis, epsilon) : layer_norm(x, n.in(1), axis, epsilon);
  } else {
    y = layer_norm(x, axis, epsilon) * n.in(1);
    if (n.has(2)) y = y + n.in(2);
  }
  if (!n.wants(1) && !n.wants(2)) return {y};
  Ints axes;
  for (i64 k = axis; k < x.rank(); ++k) axes.push_back(k);
  const Value wide = cast(x, x.dtype() == DType::F64 ? DType::F64 : DType::F32);
  return {y, mean(wide, axes, true), rsqrt(variance(wide, axes, true) + epsilon)};
}

Results rms_normalization(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", -1), x.rank());
  const double epsilon = n.real("epsilon", 1e-5);
  if (has_extents_from(n.in(1), x, axis)) return {rms_norm(x, n.in(1), axis, epsilon)};
  return {rms_norm(x, axis, epsilon) * n.in(1)};
}

/// Scale and bias are for groups in opset 18, for channels from 21 on.
Results group_normalization(const NodeView& n) {
  const Value x = n.in(0);
  const i64 groups = n.integer("num_groups");
  const double epsilon = n.real("epsilon", 1e-5);
  Value scale = n.in(1), bias = n.in(2);
  require(x.rank() >= 2 && groups > 0, "x is {}, in {} groups", x.type(), groups);
  if (n.opset() < 21) {
    const Dim channels = x.shape()[1];
    require(channels.is_constant() && channels.value() % groups == 0, "{} channels in {} groups", channels, groups);
    scale = repeat_interleave(scale, channels.value() / groups, 0);
    bias = repeat_interleave(bias, channels.value() / groups, 0);
  }
  return {group_norm(x, scale, bias, groups, epsilon)};
}

Results lrn(const NodeView& n) {
  return {local_response_norm(n.in(0), n.integer("size"), n.real("alpha", 1e-4), n.real("beta", 0.75),
                              n.real("bias", 1.0))};
}

/// Where the norm is 0, so is the result.
Results lp_normalization(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = n.integer("axis", -1);
  return {where(equal(max(abs(x), {axis}, true), 0), x, lp_normalize(x, axis, n.integer("p", 2), 0.0))};
}

Results mvn(const NodeView& n) { return {mean_variance_normalize(n.in(0), n.ints("axes", Ints{0, 2, 3}))}; }

constexpr Entry kOperators[] = {{"BatchNormalization", batch_normalization},
                                {"GroupNormalization", group_normalization},
                                {"InstanceNormalization", instance_normalization},
                                {"LRN", lrn},
                                {"LayerNormalization", layer_normalization},
                                {"LogSoftmax", over_axis<log_softmax_of>},
                                {"LpNormalization", lp_normalization},
                                {"MeanVarianceNormalization", mvn},
                                {"RMSNormalization", rms_normalization},
                                {"Softmax", over_axis<softmax_of>}};

}  // namespace

std::span<const Entry> norms() { return kOperators; }

}  // namespace tenon::onnx
