// Windows that slide over spatial dimensions: what convolution, pooling and unfolding share.
#pragma once
#include "op/op.h"

namespace tenon {

/// How windows lie, as attributes say it: one number per spatial dimension. Empty lists: 1 for stride and dilation, 0
/// for pads.
struct WindowFields {
  const Ints &stride, &dilation, &pads_begin, &pads_end;
};

/// Position p of the result sees, at offset r of its window, element p * stride + r * dilation - begin.
struct Windows {
  Ints size, stride, dilation, begin, end;

  std::size_t rank() const { return size.size(); }
  /// Elements from the first to the last that a window sees, both included.
  i64 span(std::size_t d) const { return dilation[d] * (size[d] - 1) + 1; }
  expr::Affine element(std::size_t d, const expr::Index& p, const expr::Index& r) const;
  /// The position, where there is one, whose window sees element t at offset r. The form is fractional.
  expr::Affine position(std::size_t d, const expr::Affine& t, const expr::Index& r) const;
};

/// Complete lists. Throws Error where one has another length or a number that makes no sense.
Windows windows_of(std::string_view op, const Ints& size, const WindowFields& fields);
/// Throws Error where a pad is negative or as long as a window, which then would see padding alone.
void require_small_pads(std::string_view op, const Windows& w);
/// How many positions there are over each of the spatial extents. With `ceil` the last window may end behind the
/// padding, but begins before it. Throws Error where a window is longer than the padded extent.
Shape window_positions(std::string_view op, const Shape& spatial, const Windows& w, bool ceil = false);

/// Where the dimensions of images stand: "nchw" means batch, channels, spatial dimensions, "nhwc" channels last; both
/// for any number of spatial dimensions.
bool is_channels_last(std::string_view op, const std::string& layout);

/// Which dimension is which: of x, batch is 0; of a filter, `output` counts the channels of the result.
struct ConvAxes {
  std::size_t channel, spatial;       ///< of x and the result; the first spatial dimension
  std::size_t output, input, window;  ///< of the filter
};
ConvAxes conv_axes(std::string_view op, const std::string& layout, std::size_t rank);

/// `count` extents from `first`.
Shape extents_from(const Shape& shape, std::size_t first, std::size_t count);

}  // namespace tenon
