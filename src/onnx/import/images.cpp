// Images: samples at coordinates, regions, boxes.
#include <algorithm>

#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "onnx/import/lists.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Results sample_on_grid(const NodeView& n) {
  std::string mode = n.text("mode", n.opset() < 20 ? "bilinear" : "linear");
  if (mode == "bilinear") mode = "linear";
  if (mode == "bicubic") mode = "cubic";
  const GridSample op{mode, n.text("padding_mode", "zeros"), n.flag("align_corners", false)};
  const Value x = n.in(0), grid = n.in(1);
  require(is_float(x.dtype()), "input 0 is {}, and must be floats", x.type());
  const DType wide = promote(x.dtype(), grid.dtype());
  return {cast(grid_sample(cast(x, wide), cast(grid, wide), op), x.dtype())};
}

/// Coordinates of the middles of n elements, or from border to border.
Array positions(i64 n, bool align_corners) {
  Array a(DType::F64, {n});
  for (i64 k = 0; k < n; ++k) {
    const auto at = static_cast<double>(k), all = static_cast<double>(n);
    a.set(k, align_corners ? 2 * at / (all - 1) - 1 : (2 * at + 1) / all - 1);
  }
  return a;
}

/// theta [N, r, r + 1] applied to (x, y, [z,] 1) at each place of the result [N, [D,] H, W, r].
Results affine_grid(const NodeView& n) {
  const Value theta = n.in(0);
  const Ints size = n.ints_of(1);
  const auto rank = static_cast<i64>(size.size()) - 2;
  require(rank == 2 || rank == 3, "input 1 has {} extents, and must have 4 or 5", size.size());
  require(theta.shape() == Shape({size[0], rank, rank + 1}), "input 0 is {}, and must be [{},{},{}]", theta.type(),
          size[0], rank, rank + 1);
  const bool corners = n.flag("align_corners", false);
  Shape shape(size.begin() + 2, size.end());
  shape.insert(shape.begin(), size[0]);
  shape.push_back(rank);
  const DType wide = accumulate_type(theta.dtype());
  const Value t = cast(theta, wide);
  const auto column = [&](i64 k) {
    Shape apart(shape.size(), 1);
    apart.front() = size[0], apart.back() = rank;
    return reshape(select(t, 2, k), apart);
  };
  Value sum = broadcast(column(rank), shape);
  for (i64 k = 0; k < rank; ++k) {  // k counts coordinates from the last dimension on
    const i64 d = rank - 1 - k, extent = size[static_cast<std::size_t>(2 + d)];
    require(!corners || extent > 1, "input 1 is {}; with align_corners extents must be above 1", size);
    Shape along(shape.size(), 1);
    along[static_cast<std::size_t>(1 + d)] = extent;
    sum = sum + column(k) * reshape(constant_of(positions(extent, corners).cast(wide)), along);
  }
  return {cast(sum, theta.dtype())};
}

/// `images`, in a run that fails where a region takes more places in a bin than the image has: roi_align has no more,
/// but ONNX has. `count` and `most` are along one dimension.
Value checked_places(const Value& images, const Value& count, Dim most) {
  const Value checked = checked_below(count, most + 1, "RoiAlign(places of the image, places of the regions)");
  return where(checked < 0, lift(-1, images), images);
}

/// How many places an adaptive bin has in each of R regions, along dimension d of 2.
Value places_of(const Value& rois, const RoiAlign& op, std::size_t d) {
  const i64 first = d == 0 ? 1 : 0;
  const Value wide = cast(rois, accumulate_type(rois.dtype()));
  const Value low = select(wide, 1, first) * op.spatial_scale, high = select(wide, 1, first + 2) * op.spatial_scale;
  const Value size = op.half_pixel ? high - low : maximum(high - low, 1);
  return cast(maximum(ceil(size / static_cast<double>(op.extents[d])), 0), DType::I64);
}

Results align_regions(const NodeView& n) {
  const std::string mode = n.text("mode", "avg");
  require(mode == "avg" || mode == "max", "attribute mode is '{}', and must be avg or max", mode);
  const std::string coordinates =
      n.text("coordinate_transformation_mode", n.opset() < 16 ? "output_half_pixel" : "half_pixel");
  require(coordinates == "half_pixel" || coordinates == "output_half_pixel",
          "attribute coordinate_transformation_mode is '{}', and must be half_pixel or output_half_pixel", coordinates);
  const RoiAlign op{.extents = {n.integer("output_height", 1), n.integer("output_width", 1)},
                    .sampling_ratio = n.integer("sampling_ratio", 0),
                    .spatial_scale = n.real("spatial_scale", 1.0),
                    .mode = mode == "avg" ? "average" : "max_tap",
                    .half_pixel = coordinates == "half_pixel"};
  const Value x = n.in(0), rois = n.in(1);
  Value images = n.in(2);
  require(x.rank() == 4 && rois.rank() == 2, "inputs are {} and {}, and must be [N, C, H, W] and [regions, 4]",
          x.type(), rois.type());
  for (std::size_t d = 0; d < 2 && op.sampling_ratio == 0; ++d)
    images = checked_places(images, places_of(rois, op, d), ceil_div(x.shape()[2 + d], op.extents[d]));
  return {roi_align(x, rois, images, op)};
}

Results suppress_boxes(const NodeView& n) {
  const i64 most = std::max<i64>(whole_number_of(n, 2, 0), 0);
  return {non_max_suppression(n.in(0), n.in(1), most, number_of(n, 3, 0.0),
                              number_of(n, 4, -std::numeric_limits<double>::infinity()),
                              n.flag("center_point_box", false))};
}

constexpr Entry kImages[] = {{"AffineGrid", affine_grid},
                             {"GridSample", sample_on_grid},
                             {"NonMaxSuppression", suppress_boxes},
                             {"RoiAlign", align_regions}};

}  // namespace

std::span<const Entry> image_operators() { return kImages; }

}  // namespace tenon::onnx
