// Convolution and pooling. Attributes are the operator itself:
//
//   V y = conv(x, w, bias, {.stride = {2, 2}, .pads_begin = {1, 1}, .pads_end = {1, 1}});
//   V z = max_pool(y, {.size = {2, 2}});
#pragma once
#include "op/conv/adaptive_average_pool.h"
#include "op/conv/adaptive_max_pool.h"
#include "op/conv/average_pool.h"
#include "op/conv/conv.h"
#include "op/conv/conv_transpose.h"
#include "op/conv/fold.h"
#include "op/conv/global_average_pool.h"
#include "op/conv/global_max_pool.h"
#include "op/conv/lp_pool.h"
#include "op/conv/max_pool.h"
#include "op/conv/max_pool_with_indices.h"
#include "op/conv/spatial_pyramid_pool.h"
#include "op/conv/unfold.h"
#include "op/handle.h"

namespace tenon {

template <Handle V>
V conv(const V& x, const V& w, Conv attributes = {}) {
  return detail::apply_to<V>(std::move(attributes), {x, w});
}
template <Handle V>
V conv(const V& x, const V& w, const V& bias, Conv attributes = {}) {
  return detail::apply_to<V>(std::move(attributes), {x, w, bias});
}
template <Handle V>
V conv_transpose(const V& x, const V& w, ConvTranspose attributes = {}) {
  return detail::apply_to<V>(std::move(attributes), {x, w});
}
template <Handle V>
V conv_transpose(const V& x, const V& w, const V& bias, ConvTranspose attributes = {}) {
  return detail::apply_to<V>(std::move(attributes), {x, w, bias});
}
template <Handle V>
V max_pool(const V& x, PoolFields windows) {
  return detail::apply_to<V>(MaxPool{std::move(windows)}, {x});
}
template <Handle V>
V average_pool(const V& x, PoolFields windows, bool count_include_pad = false) {
  return detail::apply_to<V>(AveragePool{std::move(windows), count_include_pad}, {x});
}
template <Handle V>
V lp_pool(const V& x, PoolFields windows, double p = 2) {
  return detail::apply_to<V>(LpPool{std::move(windows), p}, {x});
}
template <Handle V>
V global_average_pool(const V& x, std::string layout = "nchw") {
  return detail::apply_to<V>(GlobalAveragePool{std::move(layout)}, {x});
}
template <Handle V>
V global_max_pool(const V& x, std::string layout = "nchw") {
  return detail::apply_to<V>(GlobalMaxPool{std::move(layout)}, {x});
}
template <Handle V>
V adaptive_average_pool(const V& x, const Ints& extents, std::string layout = "nchw") {
  return detail::apply_to<V>(AdaptiveAveragePool{extents, std::move(layout)}, {x});
}
template <Handle V>
V adaptive_max_pool(const V& x, const Ints& extents, std::string layout = "nchw") {
  return detail::apply_to<V>(AdaptiveMaxPool{extents, std::move(layout)}, {x});
}
template <Handle V>
V spatial_pyramid_pool(const V& x, const Ints& levels, std::string mode = "max") {
  return detail::apply_to<V>(SpatialPyramidPool{levels, std::move(mode)}, {x});
}
/// Windows as columns.
template <Handle V>
V unfold(const V& x, Unfold attributes) {
  return detail::apply_to<V>(std::move(attributes), {x});
}
/// Columns added up to [N, C, extents…].
template <Handle V>
V fold(const V& x, Fold attributes) {
  return detail::apply_to<V>(std::move(attributes), {x});
}

}  // namespace tenon
