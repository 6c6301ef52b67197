#include "op/image/resize.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "op/functions.h"
#include "op/image/resampling.h"

namespace tenon {

namespace {

void require_known(std::string_view what, const std::string& given, std::initializer_list<std::string_view> known) {
  std::string list;
  for (const std::string_view k : known) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", k);
  require(std::ranges::find(known, given) != known.end(), "resize: {} \"{}\" is unknown; expected one of {}", what,
          given, list);
}

/// One axis of n elements that gets m. Where the operator has a region, from start to end.
struct Axis {
  const Resize& op;
  double n, m, scale, start = 0, end = 0;

  double coordinate(double o) const {
    const double half_pixel = (o + 0.5) / scale - 0.5;
    if (!op.region.empty()) return (n - 1) * (m == 1 ? (start + end) / 2 : start + o * (end - start) / (m - 1));
    if (op.coordinates == "asymmetric") return o / scale;
    if (op.coordinates == "align_corners") return m == 1 ? 0 : o * (n - 1) / (m - 1);
    if (op.coordinates == "half_pixel_symmetric") return half_pixel + (n - m / scale) / 2;
    return op.coordinates == "pytorch_half_pixel" && m == 1 ? 0 : half_pixel;
  }

  bool is_inside(double o) const { return op.region.empty() || (coordinate(o) >= 0 && coordinate(o) <= n - 1); }

  double rounded(double x) const {
    if (op.nearest == "floor") return std::floor(x);
    if (op.nearest == "ceil") return std::ceil(x);
    return op.nearest == "round_prefer_floor" ? std::ceil(x - 0.5) : std::floor(x + 0.5);
  }

  /// Keys 1981, for distances up to 2.
  double cubic(double distance) const {
    const double d = std::abs(distance), a = op.cubic_a;
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }

  /// By how much the kernel is wider than between neighbours.
  double width() const { return op.antialias ? std::max(1 / scale, 1.0) : 1; }
  /// Positions on either side of a coordinate that weigh something.
  i64 reach() const { return static_cast<i64>(std::ceil((op.mode == "linear" ? 1 : 2) * width())); }

  /// Positions, perhaps outside, and weights.
  void taps(double x, std::vector<double>& at, std::vector<double>& weight) const {
    at.clear(), weight.clear();
    if (op.mode == "nearest") {
      at = {rounded(x)}, weight = {1};
      return;
    }
    const double low = std::floor(x), side = static_cast<double>(reach());
    for (double p = low - side + 1; p <= low + side; ++p) {
      const double distance = std::abs(x - p) / width();
      at.push_back(p);
      weight.push_back(op.mode == "linear" ? std::max(1 - distance, 0.0) : cubic(distance));
    }
    if (op.exclude_outside)
      for (std::size_t k = 0; k < at.size(); ++k)
        if (at[k] < 0 || at[k] >= n) weight[k] = 0;
    if (!op.exclude_outside && width() == 1) return;
    const double sum = std::accumulate(weight.begin(), weight.end(), 0.0);
    for (double& w : weight) w /= sum;
  }

  Taps table() const {
    const i64 rows = static_cast<i64>(m), count = op.mode == "nearest" ? 1 : 2 * reach();
    Taps t{Array(DType::I64, {rows, count}), Array(DType::F64, {rows, count})};
    std::vector<double> at, weight;
    for (i64 o = 0; o < rows; ++o) {
      taps(coordinate(static_cast<double>(o)), at, weight);
      for (i64 k = 0; k < count; ++k) {
        const auto tap = static_cast<std::size_t>(k);
        t.ids.set(o * count + k, Number::of_int(static_cast<i64>(std::clamp(at[tap], 0.0, n - 1))));
        t.weights.set(o * count + k, weight[tap]);
      }
    }
    return t;
  }
};

/// y, and a number where the coordinate of an axis lies outside.
Built extrapolated(const Built& y, std::size_t axis, const Axis& table, double number) {
  const i64 count = static_cast<i64>(table.m);
  Array inside(DType::Bool, {count});
  bool all = true;
  for (i64 o = 0; o < count; ++o) {
    const bool in = table.is_inside(static_cast<double>(o));
    inside.set(o, Number::of_int(in));
    all &= in;
  }
  if (all) return y;
  Builder& b = *y.builder;
  const Built mask{&b, b.apply1(make_op(Constant{std::move(inside)}), {})};
  Shape along(y.shape().size(), 1);
  along[axis] = count;
  return where(reshape(mask, along), y, number);
}

}  // namespace

Ints Resize::resized_axes(const Type& x) const {
  const std::size_t count = sizes.empty() ? scales.size() : sizes.size();
  require(sizes.empty() || scales.empty() || sizes.size() == scales.size(),
          "resize: there are {} sizes and {} scales, expected as many, or one of the two", sizes.size(), scales.size());
  require(axes.empty() || axes.size() == count, "resize: there are {} axes and {} extents, expected as many",
          axes.size(), count);
  require(static_cast<i64>(count) <= x.rank(), "resize: {} extents are too many for {}", count, x);
  Ints result;
  for (std::size_t k = 0; k < count; ++k) {
    const i64 axis = axes.empty() ? x.rank() - static_cast<i64>(count - k) : axes[k];
    require(axis >= -x.rank() && axis < x.rank(), "resize: axis {} is out of range for {}", axis, x);
    result.push_back(normal_axis(axis, x.rank()));
    require(std::count(result.begin(), result.end(), result.back()) == 1, "resize: the axes {} name one axis twice",
            axes);
  }
  return result;
}

void Resize::check_region(std::size_t axes_resized) const {
  const bool crops = coordinates == "tf_crop_and_resize";
  require(crops || region.empty(), "resize: there is a region, which only coordinates \"tf_crop_and_resize\" take");
  require(!crops || region.size() == 2 * axes_resized,
          "resize: the region has {} numbers, expected a start for each of {} axes, then an end for each",
          region.size(), axes_resized);
  require(!crops || scales.empty(), "resize: coordinates \"tf_crop_and_resize\" take sizes, given scales");
  for (const double part : region)
    require(std::isfinite(part), "resize: the region has {}, expected finite numbers", part);
}

Types Resize::infer(Operands in) const {
  require_operands(name, in, 1);
  Type out = in[0].type;
  require_known("mode", mode, {"nearest", "linear", "cubic"});
  require_known("coordinates", coordinates,
                {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "half_pixel_symmetric",
                 "tf_crop_and_resize"});
  require_known("nearest", nearest, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  require(mode == "nearest" || is_float(out.dtype), "resize: mode \"{}\" takes floats, given {}; cast it first", mode,
          out);
  require(std::isfinite(cubic_a), "resize: cubic_a is {}, expected a finite number", cubic_a);
  const Ints resized = resized_axes(out);
  check_region(resized.size());
  constexpr i64 kMost = i64(1) << 24;  // of an axis, for which there is a table
  for (std::size_t k = 0; k < resized.size(); ++k) {
    Dim& extent = out.shape[static_cast<std::size_t>(resized[k])];
    const Dim given = extent;
    require(scales.empty() || (scales[k] > 0 && scales[k] < static_cast<double>(kMost)),
            "resize: scale {} of axis {} is out of range; expected a number above 0 and below {}",
            scales.empty() ? 0 : scales[k], resized[k], kMost);
    const double wanted =
        sizes.empty() ? std::floor(static_cast<double>(given) * scales[k]) : static_cast<double>(sizes[k]);
    require(wanted >= 0 && wanted <= static_cast<double>(kMost),
            "resize: extent {} of axis {} is out of range; expected 0 to {}", wanted, resized[k], kMost);
    extent = static_cast<i64>(wanted);
    require(given > 0 || extent == 0, "resize: axis {} of {} is empty, so there is nothing to resize", resized[k],
            in[0].type);
  }
  check_shape(out.shape);
  return {out};
}

// Axes that shrink most come first, which leaves the least to do for the others.
Values Resize::expand(Builder& b, std::span<const Value> in) const {
  const Operand operand[1] = {{in[0].type()}};
  const Type out = infer(operand)[0];
  const Ints resized = resized_axes(in[0].type());
  const DType wide = mode == "nearest" ? out.dtype : accumulate_type(out.dtype);
  Built y = cast(Built{&b, in[0]}, wide);
  std::vector<Axis> work;
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < resized.size(); ++k) {
    const auto a = static_cast<std::size_t>(resized[k]);
    const auto n = static_cast<double>(y.shape()[a]), m = static_cast<double>(out.shape[a]);
    work.push_back({*this, n, m, scales.empty() ? m / n : scales[k]});
    if (!region.empty()) work.back().start = region[k], work.back().end = region[k + resized.size()];
    order.push_back(k);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return work[k].m / std::max(work[k].n, 1.0); });
  if (element_count(out.shape) == 0) return {b.apply1(make_op(Full{0, out.dtype, out.shape}), {})};
  for (const std::size_t k : order) y = resample_axis(y, resized[k], work[k].table());
  for (const std::size_t k : order) y = extrapolated(y, static_cast<std::size_t>(resized[k]), work[k], extrapolation);
  return {cast(y, out.dtype).value};
}

std::vector<Case<Resize>> Resize::samples() {
  const Type image{DType::F32, {1, 2, 3, 4}}, precise{DType::F64, {2, 4, 5}};
  return {{{.sizes = {6, 8}}, {{image}}},
          {{.sizes = {2, 7}, .coordinates = "asymmetric", .nearest = "floor"}, {{image}}},
          {{.scales = {2.0, 0.6}, .coordinates = "half_pixel", .nearest = "round_prefer_ceil"}, {{image}}},
          {{.sizes = {9, 2}, .axes = {2, 0}, .coordinates = "align_corners", .nearest = "ceil"}, {{precise}}},
          {{.sizes = {6, 7}, .mode = "linear"}, {{image}}},
          {{.sizes = {2, 9}, .mode = "linear", .coordinates = "align_corners"}, {{precise}}},
          {{.sizes = {1, 3}, .mode = "linear", .coordinates = "pytorch_half_pixel"}, {{image}}},
          {{.scales = {1.7, 0.7}, .mode = "linear", .coordinates = "asymmetric"}, {{precise}}},
          {{.scales = {2.3}, .axes = {0}, .mode = "linear", .coordinates = "half_pixel_symmetric"},
           {{{DType::F64, {5, 2}}}}},
          {{.sizes = {5, 6}, .mode = "cubic"}, {{image}}},
          {{.sizes = {3, 7}, .mode = "cubic", .coordinates = "align_corners", .cubic_a = -0.5}, {{precise}}},
          {{.sizes = {5, 9}, .mode = "cubic", .exclude_outside = true}, {{precise}}},
          {{.sizes = {2, 3}, .mode = "linear", .antialias = true}, {{precise}}},
          {{.scales = {0.4, 0.7}, .mode = "cubic", .exclude_outside = true, .antialias = true}, {{image}}},
          {{.sizes = {3, 4},
            .mode = "linear",
            .coordinates = "tf_crop_and_resize",
            .region = {0.4, 0.6, 0.6, 1.3},
            .extrapolation = 10},
           {{image}}},
          {{.sizes = {5, 1}, .coordinates = "tf_crop_and_resize", .region = {-0.2, 0.9, 0.7, 0.2}}, {{precise}}},
          {{.sizes = {4, 5, 3}, .mode = "linear"}, {{{DType::F64, {1, 1, 2, 3, 2}}}}},
          {{.sizes = {3, 5}}, {{{DType::F32, {0, 2, 2}}}}},
          {{.sizes = {3, 0}, .mode = "linear"}, {{{DType::F32, {2, 2, 2}}}}},
          {{.sizes = {5}, .mode = "linear"}, {{{DType::F16, {2, 3}}}}},
          {{.sizes = {5}, .mode = "cubic"}, {{{DType::BF16, {2, 3}}}}},
          {{.sizes = {5}}, {{{DType::U8, {2, 3}}, 0, 9, false}}},
          {{.sizes = {2}}, {{{DType::I32, {2, 5}}, -9, 9, false}}}};
}

}  // namespace tenon
