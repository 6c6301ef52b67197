// The functions of neural networks.
#pragma once
#include "op/handle.h"
#include "op/math/functions.h"
#include "op/nn/attention.h"
#include "op/nn/cross_entropy.h"
#include "op/nn/linear.h"
#include "op/nn/log_softmax.h"
#include "op/nn/mse.h"
#include "op/nn/one_hot.h"
#include "op/nn/softmax.h"

namespace tenon {

template <Handle V>
V softmax(const V& x, i64 axis = -1) {
  return detail::apply_to<V>(Softmax{axis}, {x});
}
/// softmax(-x): the smallest element gets the most.
template <Handle V>
V softmin(const V& x, i64 axis = -1) {
  return softmax(neg(x), axis);
}
template <Handle V>
V log_softmax(const V& x, i64 axis = -1) {
  return detail::apply_to<V>(LogSoftmax{axis}, {x});
}
template <Handle V>
V one_hot(const V& ids, i64 depth, DType dtype = DType::F32) {
  return detail::apply_to<V>(OneHot{depth, dtype}, {ids});
}
/// x weight^T: x[..., in], weight[out, in].
template <Handle V>
V linear(const V& x, const V& weight) {
  return detail::apply_to<V>(Linear{}, {x, weight});
}
/// x weight^T + bias.
template <Handle V>
V linear(const V& x, const V& weight, const V& bias) {
  return detail::apply_to<V>(Linear{}, {x, weight, bias});
}
/// The mean over rows of -log softmax(logits)[label].
template <Handle V>
V cross_entropy(const V& logits, const V& labels) {
  return detail::apply_to<V>(CrossEntropy{}, {logits, labels});
}
/// The mean of (a - b)^2.
template <Handle V>
V mse(const V& a, const V& b) {
  return detail::apply_to<V>(Mse{}, {a, b});
}

/// Heads of q may share those of k and v; scale 0 means 1 / sqrt(features).
template <Handle V>
V attention(const V& q, const V& k, const V& v, bool causal = false, double scale = 0) {
  return detail::apply_to<V>(Attention{causal, scale}, {q, k, v});
}
/// The mask is added to the scores.
template <Handle V>
V attention(const V& q, const V& k, const V& v, const V& mask, bool causal = false, double scale = 0) {
  return detail::apply_to<V>(Attention{causal, scale}, {q, k, v, mask});
}

}  // namespace tenon
