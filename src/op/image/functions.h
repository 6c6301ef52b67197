// Images at other sizes and at computed coordinates.
#pragma once
#include "op/handle.h"
#include "op/image/deform_conv.h"
#include "op/image/grid_sample.h"
#include "op/image/resize.h"
#include "op/image/roi_align.h"

namespace tenon {

/// The last dimensions at other sizes; attributes are the operator itself: resize(x, {.sizes = {6, 8}, .mode =
/// "linear"}).
template <Handle V>
V resize(const V& x, Resize attributes) {
  return detail::apply_to<V>(std::move(attributes), {x});
}
template <Handle V>
V grid_sample(const V& x, const V& grid, GridSample attributes = {}) {
  return detail::apply_to<V>(std::move(attributes), {x, grid});
}
/// The regions rois[R, 4] of the images that `batch` names.
template <Handle V>
V roi_align(const V& x, const V& rois, const V& batch, RoiAlign attributes) {
  return detail::apply_to<V>(std::move(attributes), {x, rois, batch});
}
/// more: a mask, a bias, or both in this order.
template <Handle V>
V deform_conv(const V& x, const V& w, const V& offsets, std::initializer_list<V> more = {},
              DeformConv attributes = {}) {
  std::vector<V> operands{x, w, offsets};
  operands.insert(operands.end(), more.begin(), more.end());
  return apply_op(make_op(std::move(attributes)), std::span<const V>(operands));
}

}  // namespace tenon
