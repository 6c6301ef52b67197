// Resize and Upsample, in all their versions.
#include <algorithm>
#include <cmath>

#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// One dimension that changes.
struct Resized {
  i64 axis;
  i64 size;                   ///< of the result
  double scale;               ///< which the coordinates follow; size / extent where sizes are given
  bool by_size;               ///< the scale is that quotient exactly
  double start = 0, end = 1;  ///< of the region
};

/// As many elements as a factor that is f32 leaves, in the arithmetic of shape inference.
i64 scaled(i64 extent, double scale) {
  const float size = std::floor(static_cast<float>(extent) * static_cast<float>(scale));
  require(size >= 0 && size < 1e9f, "extent {} times {} is out of range", extent, scale);
  return static_cast<i64>(size);
}

std::vector<double> numbers_of(const NodeView& n, std::size_t k) {
  const Array a = n.value(k);
  require(a.is_dense() && is_float(a.dtype()) && a.rank() <= 1, "input {} is {}, and must be a list of numbers", k,
          a.type());
  std::vector<double> list;
  for (i64 p = 0; p < a.count(); ++p) list.push_back(a.at(p).as_double());
  return list;
}

/// Is there an input k which is not empty? Old models leave inputs out as empty lists.
bool is_given(const NodeView& n, std::size_t k) {
  return n.has(k) && !(n.in(k).rank() == 1 && n.in(k).shape()[0] == Dim(0));
}

std::vector<Resized> by_scales(const Value& x, const std::vector<double>& scales, const Ints& axes) {
  require(scales.size() == axes.size(), "there are {} scales for {} axes", scales.size(), axes.size());
  std::vector<Resized> all;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    require(scales[k] > 0, "a scale is {}, and must be positive", scales[k]);
    if (scales[k] == 1) continue;
    const i64 extent = known_extent(x, static_cast<std::size_t>(axes[k]));
    all.push_back({axes[k], scaled(extent, scales[k]), scales[k], false});
  }
  return all;
}

/// Sizes that keep the ratio of the extents: one scale for all, the smallest or the largest.
void keep_ratio(const Value& x, const std::string& policy, std::vector<Resized>& all) {
  if (policy == "stretch" || all.empty()) return;
  require(policy == "not_larger" || policy == "not_smaller",
          "attribute keep_aspect_ratio_policy is '{}', and must be stretch, not_larger or not_smaller", policy);
  const auto by = [](const Resized& a, const Resized& b) { return a.scale < b.scale; };
  const double scale =
      (policy == "not_larger" ? std::ranges::min_element(all, by) : std::ranges::max_element(all, by))->scale;
  for (Resized& r : all) {
    const auto extent = static_cast<double>(known_extent(x, static_cast<std::size_t>(r.axis)));
    r.scale = scale, r.size = static_cast<i64>(std::floor(scale * extent + 0.5)), r.by_size = false;
  }
}

/// Extents may be unknown where they stay as they are.
std::vector<Resized> by_sizes(const NodeView& n, std::size_t input, const Ints& axes, const std::string& policy) {
  const Value x = n.in(0);
  const Shape sizes = n.extents(input);
  require(sizes.size() == axes.size(), "there are {} sizes for {} axes", sizes.size(), axes.size());
  std::vector<Resized> all;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = static_cast<std::size_t>(axes[k]);
    if (policy == "stretch" && sizes[k] == x.shape()[axis]) continue;
    if (!sizes[k].is_constant()) n.ints_of(input);  // says what is missing
    const i64 extent = known_extent(x, axis), size = sizes[k];
    require(extent > 0 || size == 0, "dimension {} of {} is empty, and cannot be resized", axis, x.type());
    all.push_back({axes[k], size, static_cast<double>(size) / static_cast<double>(std::max<i64>(extent, 1)), true});
  }
  keep_ratio(x, policy, all);
  return all;
}

Ints axes_of(const NodeView& n, const Value& x) {
  Ints axes = n.ints("axes", Ints{});
  if (axes.empty())
    for (i64 a = 0; a < x.rank(); ++a) axes.push_back(a);
  for (i64& a : axes) {
    require(a >= -x.rank() && a < x.rank(), "axis {} is out of range for {}", a, x.type());
    a = normal_axis(a, x.rank());
  }
  return axes;
}

/// A factor that is not a quotient of extents makes the corners lie apart by a fraction: n scale - 1.
void align_corners(const Value& x, Resize& op, std::vector<Resized>& all) {
  if (std::ranges::all_of(all, [](const Resized& r) { return r.by_size; })) return;
  require(!op.antialias, "align_corners with antialias takes sizes, which are extents times one number for each");
  op.coordinates = "asymmetric";
  for (Resized& r : all) {
    const auto extent = static_cast<double>(known_extent(x, static_cast<std::size_t>(r.axis)));
    if (extent > 1 && r.size > 1) r.scale = (extent * r.scale - 1) / (extent - 1);
    r.by_size = false;
  }
}

/// Coordinates a half further on, of which the rounding makes coordinates and a rounding that we have.
void half_further(Resize& op) {
  require(op.mode == "nearest" && (op.nearest == "floor" || op.nearest == "round_prefer_floor"),
          "coordinate_transformation_mode tf_half_pixel_for_nn takes mode nearest, and nearest_mode floor or "
          "round_prefer_floor");
  op.coordinates = "half_pixel";
  op.nearest = op.nearest == "floor" ? "round_prefer_ceil" : "ceil";
}

/// The region is [starts, ends] of the axes that are named.
void take_region(const NodeView& n, const Value& x, const Ints& axes, Resize& op, std::vector<Resized>& all) {
  const std::vector<double> region = numbers_of(n, 1);
  require(region.size() == 2 * axes.size(),
          "input 1 has {} numbers, and must have a start and an end for each of {} axes", region.size(), axes.size());
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const bool whole = region[k] == 0 && region[axes.size() + k] == 1;
    auto found = std::ranges::find(all, axes[k], &Resized::axis);
    if (found == all.end() && whole) continue;
    if (found == all.end()) {
      const i64 extent = known_extent(x, static_cast<std::size_t>(axes[k]));
      found = all.insert(all.end(), {axes[k], extent, 1, true});
    }
    found->start = region[k], found->end = region[axes.size() + k];
  }
  for (const Resized& r : all) {
    const double exact = r.scale * static_cast<double>(known_extent(x, static_cast<std::size_t>(r.axis)));
    require(r.by_size || (r.start == 0 && r.end == 1 && exact == static_cast<double>(r.size)),
            "tf_crop_and_resize takes sizes, not scales; implementations differ in what scales mean then");
    op.region.push_back(r.start);
  }
  for (const Resized& r : all) op.region.push_back(r.end);
  op.extrapolation = n.real("extrapolation_value", 0.0);
}

Value resized(const Value& x, Resize op, const std::vector<Resized>& all) {
  if (all.empty()) return x;
  const bool sizes_alone = std::ranges::all_of(all, [](const Resized& r) { return r.by_size; }) || !op.region.empty();
  for (const Resized& r : all) {
    op.axes.push_back(r.axis), op.sizes.push_back(r.size);
    if (!sizes_alone) op.scales.push_back(r.scale);
  }
  if (op.mode == "nearest" || is_float(x.dtype())) return resize(x, op);
  require(is_integer(x.dtype()) && bits_of(x.dtype()) <= 16, "input 0 is {}; mode {} takes floats and short integers",
          x.type(), op.mode);
  require(op.mode == "linear" && !op.antialias, "input 0 is {}, which only modes nearest and linear take", x.type());
  return cast(resize(cast(x, DType::F32), op), x.dtype());
}

std::string mode_of(const NodeView& n) {
  const std::string mode = n.text("mode", "nearest");
  if (mode == "bilinear" || mode == "trilinear") return "linear";
  require(mode == "nearest" || mode == "linear" || (mode == "cubic" && n.opset() >= 11),
          "attribute mode is '{}', and must be nearest, linear or, from opset 11 on, cubic", mode);
  return mode;
}

/// Upsample, and Resize before opset 11: coordinates are o / scale, of which nearest takes the whole part; along axes
/// that get shorter, the next element.
Results plainly_resized(const NodeView& n, const std::vector<double>& scales) {
  Value x = n.in(0);
  std::vector<Resized> shorter = by_scales(x, scales, axes_of(n, x)), longer;
  const std::string mode = mode_of(n);
  if (mode == "nearest") {
    const auto growing = std::ranges::stable_partition(shorter, [](const Resized& r) { return r.scale < 1; });
    longer.assign(growing.begin(), growing.end());
    shorter.erase(growing.begin(), growing.end());
  }
  x = resized(x, {.mode = mode, .coordinates = "asymmetric", .nearest = "ceil"}, shorter);
  return {resized(x, {.mode = mode, .coordinates = "asymmetric", .nearest = "floor"}, longer)};
}

Results upsample(const NodeView& n) {
  if (n.opset() >= 9) return plainly_resized(n, numbers_of(n, 1));
  if (n.opset() >= 7) return plainly_resized(n, n.reals("scales"));
  require(n.in(0).rank() == 4, "input 0 is {}, and must be [N, C, H, W]", n.in(0).type());
  return plainly_resized(n, {1, 1, n.real("height_scale"), n.real("width_scale")});
}

Results resize_as_said(const NodeView& n) {
  if (n.opset() < 11) return plainly_resized(n, numbers_of(n, 1));
  const Value x = n.in(0);
  Resize op{.mode = mode_of(n),
            .coordinates = n.text("coordinate_transformation_mode", "half_pixel"),
            .nearest = n.text("nearest_mode", "round_prefer_floor"),
            .cubic_a = n.real("cubic_coeff_a", -0.75),
            .exclude_outside = n.flag("exclude_outside", false),
            .antialias = n.flag("antialias", false)};
  const Ints axes = axes_of(n, x);
  require(is_given(n, 2) != is_given(n, 3), "one of inputs 2 (scales) and 3 (sizes) must be there");
  std::vector<Resized> all = is_given(n, 2) ? by_scales(x, numbers_of(n, 2), axes)
                                            : by_sizes(n, 3, axes, n.text("keep_aspect_ratio_policy", "stretch"));
  if (op.coordinates == "align_corners") align_corners(x, op, all);
  if (op.coordinates == "tf_half_pixel_for_nn") half_further(op);
  if (op.coordinates == "tf_crop_and_resize") take_region(n, x, axes, op, all);
  return {resized(x, op, all)};
}

constexpr Entry kResizing[] = {{"Resize", resize_as_said}, {"Upsample", upsample}};

}  // namespace

std::span<const Entry> resizing_operators() { return kResizing; }

}  // namespace tenon::onnx
