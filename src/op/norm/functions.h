// Normalisation. Scale and bias are optional where they come last.
#pragma once
#include "op/handle.h"
#include "op/norm/batch_norm.h"
#include "op/norm/batch_norm_training.h"
#include "op/norm/group_norm.h"
#include "op/norm/instance_norm.h"
#include "op/norm/layer_norm.h"
#include "op/norm/local_response_norm.h"
#include "op/norm/lp_normalize.h"
#include "op/norm/mean_variance_normalize.h"
#include "op/norm/rms_norm.h"

namespace tenon {

template <Handle V>
V batch_norm(const V& x, const V& scale, const V& bias, const V& mean, const V& variance, i64 axis = 1,
             double epsilon = 1e-5) {
  return detail::apply_to<V>(BatchNorm{axis, epsilon}, {x, scale, bias, mean, variance});
}

template <Handle V>
struct NormalizedBatch {
  V y, mean, variance;
};
/// By the statistics of the batch itself, which are results too.
template <Handle V>
NormalizedBatch<V> batch_norm_training(const V& x, const V& scale, const V& bias, i64 axis = 1, double epsilon = 1e-5) {
  auto out = detail::outputs_of<V>(BatchNormTraining{axis, epsilon}, {x, scale, bias});
  return {std::move(out[0]), std::move(out[1]), std::move(out[2])};
}

/// Over the dimensions from `axis` on.
template <Handle V>
V layer_norm(const V& x, i64 axis = -1, double epsilon = 1e-5) {
  return detail::apply_to<V>(LayerNorm{axis, epsilon}, {x});
}
template <Handle V>
V layer_norm(const V& x, const V& scale, i64 axis = -1, double epsilon = 1e-5) {
  return detail::apply_to<V>(LayerNorm{axis, epsilon}, {x, scale});
}
template <Handle V>
V layer_norm(const V& x, const V& scale, const V& bias, i64 axis = -1, double epsilon = 1e-5) {
  return detail::apply_to<V>(LayerNorm{axis, epsilon}, {x, scale, bias});
}
template <Handle V>
V rms_norm(const V& x, i64 axis = -1, double epsilon = 1e-6) {
  return detail::apply_to<V>(RmsNorm{axis, epsilon}, {x});
}
template <Handle V>
V rms_norm(const V& x, const V& scale, i64 axis = -1, double epsilon = 1e-6) {
  return detail::apply_to<V>(RmsNorm{axis, epsilon}, {x, scale});
}

template <Handle V>
V group_norm(const V& x, i64 groups, double epsilon = 1e-5) {
  return detail::apply_to<V>(GroupNorm{groups, epsilon}, {x});
}
template <Handle V>
V group_norm(const V& x, const V& scale, const V& bias, i64 groups, double epsilon = 1e-5) {
  return detail::apply_to<V>(GroupNorm{groups, epsilon}, {x, scale, bias});
}
template <Handle V>
V instance_norm(const V& x, double epsilon = 1e-5) {
  return detail::apply_to<V>(InstanceNorm{epsilon}, {x});
}
template <Handle V>
V instance_norm(const V& x, const V& scale, const V& bias, double epsilon = 1e-5) {
  return detail::apply_to<V>(InstanceNorm{epsilon}, {x, scale, bias});
}

template <Handle V>
V local_response_norm(const V& x, i64 size, double alpha = 1e-4, double beta = 0.75, double bias = 1) {
  return detail::apply_to<V>(LocalResponseNorm{size, alpha, beta, bias}, {x});
}
template <Handle V>
V lp_normalize(const V& x, i64 axis = -1, i64 p = 2, double epsilon = 1e-12) {
  return detail::apply_to<V>(LpNormalize{axis, p, epsilon}, {x});
}
template <Handle V>
V mean_variance_normalize(const V& x, const Ints& axes = {0, 2, 3}, double epsilon = 1e-9) {
  return detail::apply_to<V>(MeanVarianceNormalize{axes, epsilon}, {x});
}

}  // namespace tenon
