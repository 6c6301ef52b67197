// The activations of neural networks, element by element.
#pragma once
#include "op/activation/celu.h"
#include "op/activation/elu.h"
#include "op/activation/gelu.h"
#include "op/activation/hard_shrink.h"
#include "op/activation/hard_sigmoid.h"
#include "op/activation/hard_swish.h"
#include "op/activation/hard_tanh.h"
#include "op/activation/leaky_relu.h"
#include "op/activation/log_sigmoid.h"
#include "op/activation/mish.h"
#include "op/activation/prelu.h"
#include "op/activation/relu.h"
#include "op/activation/relu6.h"
#include "op/activation/selu.h"
#include "op/activation/sigmoid.h"
#include "op/activation/silu.h"
#include "op/activation/soft_shrink.h"
#include "op/activation/soft_sign.h"
#include "op/activation/softplus.h"
#include "op/activation/thresholded_relu.h"
#include "op/handle.h"

namespace tenon {

template <Handle V>
V relu(const V& x) {
  return detail::apply_to<V>(Relu{}, {x});
}
template <Handle V>
V leaky_relu(const V& x, double slope = 0.01) {
  return detail::apply_to<V>(LeakyRelu{.slope = slope}, {x});
}
/// The slope has one element, or one for each position along the axis.
template <Handle V>
V prelu(const V& x, const V& slope, i64 axis = 1) {
  return detail::apply_to<V>(Prelu{axis}, {x, slope});
}
template <Handle V>
V relu6(const V& x) {
  return detail::apply_to<V>(Relu6{}, {x});
}
template <Handle V>
V thresholded_relu(const V& x, double alpha = 1) {
  return detail::apply_to<V>(ThresholdedRelu{.alpha = alpha}, {x});
}
template <Handle V>
V elu(const V& x, double alpha = 1) {
  return detail::apply_to<V>(Elu{.alpha = alpha}, {x});
}
template <Handle V>
V celu(const V& x, double alpha = 1) {
  return detail::apply_to<V>(Celu{.alpha = alpha}, {x});
}
template <Handle V>
V selu(const V& x) {
  return detail::apply_to<V>(Selu{}, {x});
}
/// `approximate`: "none" or "tanh".
template <Handle V>
V gelu(const V& x, std::string approximate = "none") {
  return detail::apply_to<V>(Gelu{.approximate = std::move(approximate)}, {x});
}
template <Handle V>
V silu(const V& x) {
  return detail::apply_to<V>(Silu{}, {x});
}
template <Handle V>
V mish(const V& x) {
  return detail::apply_to<V>(Mish{}, {x});
}
template <Handle V>
V softplus(const V& x, double beta = 1) {
  return detail::apply_to<V>(Softplus{.beta = beta}, {x});
}
template <Handle V>
V sigmoid(const V& x) {
  return detail::apply_to<V>(Sigmoid{}, {x});
}
template <Handle V>
V log_sigmoid(const V& x) {
  return detail::apply_to<V>(LogSigmoid{}, {x});
}
template <Handle V>
V hard_sigmoid(const V& x, double alpha = 1.0 / 6, double beta = 0.5) {
  return detail::apply_to<V>(HardSigmoid{.alpha = alpha, .beta = beta}, {x});
}
template <Handle V>
V hard_swish(const V& x) {
  return detail::apply_to<V>(HardSwish{}, {x});
}
template <Handle V>
V hard_tanh(const V& x, double min = -1, double max = 1) {
  return detail::apply_to<V>(HardTanh{.min = min, .max = max}, {x});
}
template <Handle V>
V soft_sign(const V& x) {
  return detail::apply_to<V>(SoftSign{}, {x});
}
template <Handle V>
V soft_shrink(const V& x, double threshold = 0.5) {
  return detail::apply_to<V>(SoftShrink{.threshold = threshold}, {x});
}
template <Handle V>
V hard_shrink(const V& x, double threshold = 0.5) {
  return detail::apply_to<V>(HardShrink{.threshold = threshold}, {x});
}

}  // namespace tenon
