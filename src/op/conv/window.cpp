#include "op/conv/window.h"

#include <algorithm>

namespace tenon {

namespace {

constexpr i64 kMost = i64(1) << 31;  // products of two such numbers fit

Ints complete(std::string_view op, std::string_view what, const Ints& given, std::size_t rank, i64 absent, i64 least) {
  if (given.empty()) return Ints(rank, absent);
  require(given.size() == rank, "{}: {} {} has {} numbers, expected one for each of {} spatial dimensions", op, what,
          given, given.size(), rank);
  for (i64 v : given)
    require(v >= least && v <= kMost, "{}: {} {} is out of range; expected numbers from {} to {}", op, what, given,
            least, kMost);
  return given;
}

}  // namespace

expr::Affine Windows::element(std::size_t d, const expr::Index& p, const expr::Index& r) const {
  return p * stride[d] + r * dilation[d] - begin[d];
}

expr::Affine Windows::position(std::size_t d, const expr::Affine& t, const expr::Index& r) const {
  return expr::exact_div(t + begin[d] - r * dilation[d], stride[d]);
}

Windows windows_of(std::string_view op, const Ints& size, const WindowFields& f) {
  const std::size_t rank = size.size();
  require(rank > 0, "{}: the windows have no spatial dimension, expected at least one", op);
  Windows w{complete(op, "window", size, rank, 1, 1), complete(op, "stride", f.stride, rank, 1, 1),
            complete(op, "dilation", f.dilation, rank, 1, 1), complete(op, "pads_begin", f.pads_begin, rank, 0, -kMost),
            complete(op, "pads_end", f.pads_end, rank, 0, -kMost)};
  return w;
}

void require_small_pads(std::string_view op, const Windows& w) {
  for (std::size_t d = 0; d < w.rank(); ++d)
    for (const i64 pad : {w.begin[d], w.end[d]})
      require(pad >= 0 && pad < w.span(d),
              "{}: the pad {} in spatial dimension {} is out of range; expected 0 to {}, "
              "less than the extent of a window",
              op, pad, d, w.span(d) - 1);
}

Shape window_positions(std::string_view op, const Shape& spatial, const Windows& w, bool ceil) {
  Shape count;
  for (std::size_t d = 0; d < w.rank(); ++d) {
    const Dim padded = spatial[d] + w.begin[d] + w.end[d];
    if (padded == 0 && w.span(d) == 1) {
      count.push_back(0);
      continue;
    }
    require(padded >= w.span(d),
            "{}: spatial dimension {} has {} elements, {} with padding, but a window spans {}; use more padding, a "
            "smaller window or less dilation",
            op, d, spatial[d], padded, w.span(d));
    const Dim room = padded - w.span(d);
    Dim steps = ceil ? ceil_div(room, w.stride[d]) : floor_div(room, w.stride[d]);
    if (ceil && steps * w.stride[d] >= spatial[d] + w.begin[d]) steps = steps - 1;
    count.push_back(steps + 1);
  }
  return count;
}

bool is_channels_last(std::string_view op, const std::string& layout) {
  require(layout == "nchw" || layout == "nhwc", "{}: layout \"{}\" is unknown; expected \"nchw\" or \"nhwc\"", op,
          layout);
  return layout == "nhwc";
}

ConvAxes conv_axes(std::string_view op, const std::string& layout, std::size_t rank) {
  if (is_channels_last(op, layout)) return {rank - 1, 1, rank - 1, rank - 2, 0};
  return {1, 2, 0, 1, 2};
}

Shape extents_from(const Shape& shape, std::size_t first, std::size_t count) {
  const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(first);
  return Shape(begin, begin + static_cast<std::ptrdiff_t>(count));
}

}  // namespace tenon
