// Pools.
#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "onnx/import/windows.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

PoolFields pool_of(const NodeView& n) {
  const WindowAttributes w = window_attributes(n, n.in(0), {});
  return {.size = w.size,
          .stride = w.strides,
          .dilation = w.dilations,
          .pads_begin = w.begin,
          .pads_end = w.end,
          .ceil_mode = n.flag("ceil_mode", false)};
}

Results averages(const NodeView& n) { return {average_pool(n.in(0), pool_of(n), n.flag("count_include_pad", false))}; }

/// Before opset 2 p is a number, then an integer.
double power_of(const NodeView& n) { return n.opset() < 2 ? n.real("p", 2.0) : static_cast<double>(n.integer("p", 2)); }

Results norms(const NodeView& n) { return {lp_pool(n.in(0), pool_of(n), power_of(n))}; }

/// Row-major positions in the spatial dimensions as column-major ones.
Value column_major(Value row_major, const Ints& spatial) {
  Value result;
  i64 faster = 1;
  for (const i64 extent : spatial) faster *= extent;
  for (std::size_t d = spatial.size(); d-- > 0;) {
    faster /= spatial[d];  // elements of the dimensions before d
    const auto n = static_cast<double>(spatial[d]);
    const Value here = mod(row_major, n) * static_cast<double>(faster);
    result = result.defined() ? result + here : here;
    row_major = floor_divide(row_major, n);
  }
  return result;
}

/// Positions count through all of x, not through one plane of it.
Value positions_in_all(const Value& in_plane, const Value& x, bool columns_first) {
  const Ints spatial = known_extents_from(x, 2);
  i64 plane = 1;
  for (const i64 extent : spatial) plane *= extent;
  const i64 batch = known_extent(x, 0), channels = known_extent(x, 1);
  Shape shape(x.shape().size(), 1);
  shape[0] = batch, shape[1] = channels;
  const Value planes = reshape(iota<Value>({batch * channels}), shape) * static_cast<double>(plane);
  return (columns_first && plane > 0 ? column_major(in_plane, spatial) : in_plane) + planes;
}

Results maxima(const NodeView& n) {
  const Value x = n.in(0);
  const PoolFields pool = pool_of(n);
  if (!n.wants(1)) return {max_pool(x, pool)};
  const auto found = apply_outputs(make_op(MaxPoolWithIndices{pool}), std::vector<Value>{x});
  return {found[0], positions_in_all(found[1], x, n.integer("storage_order", 0) == 1)};
}

Results global_norm(const NodeView& n) {
  const Value x = n.in(0);
  Ints axes;
  for (std::size_t d = 0; d < spatial_rank(x); ++d) axes.push_back(static_cast<i64>(d) + 2);
  const double p = power_of(n);
  if (p == 1) return {norm_l1(x, axes, true)};
  if (p == 2) return {norm_l2(x, axes, true)};
  require(p > 0, "attribute p is {}, and must be positive", p);
  const Value wide = cast(x, accumulate_type(x.dtype()));
  return {cast(pow(sum(pow(abs(wide), p), axes, true), 1 / p), x.dtype())};
}

Results global_averages(const NodeView& n) { return {global_average_pool(n.in(0))}; }
Results global_maxima(const NodeView& n) { return {global_max_pool(n.in(0))}; }

/// Positions count through the result of the windows, which then is made as large as output_shape says.
Results unpool(const NodeView& n) {
  const Value x = n.in(0);
  WindowAttributes w = window_sizes(n, spatial_rank(x), {});
  read_pads(n, w);
  Shape shape{known_extent(x, 0), known_extent(x, 1)};
  for (std::size_t d = 0; d < w.size.size(); ++d)
    shape.push_back((known_extent(x, d + 2) - 1) * w.strides[d] + w.size[d] - w.begin[d] - w.end[d]);
  const Value nothing = zeros<Value>({element_count(shape)}, x.dtype());
  const Value y = reshape(scatter_elements(nothing, flatten(n.in(1)), flatten(x)), shape);
  if (!n.has(2)) return {y};
  const Ints wanted = n.ints_of(2);
  require(wanted.size() == shape.size(), "input 2 has {} extents, and must have {}", wanted.size(), shape.size());
  Ints more(wanted.size(), 0);
  for (std::size_t d = 0; d < wanted.size(); ++d) {
    more[d] = wanted[d] - shape[d].value();
    require(more[d] >= 0, "input 2 is {}, and must not be smaller than {}, where the windows lie", wanted,
            Type{x.dtype(), shape});
  }
  return {pad(y, Ints(wanted.size(), 0), more)};
}

/// Where positions 0 … extent - 1 of an axis belong to `count` bins of regions, from `low` to `high` (both included):
/// bool [R, count, extent].
Value in_bins(const Value& low, const Value& high, i64 count, i64 extent) {
  const Value first = reshape(low, {-1, 1, 1}), size = reshape(maximum(high - low + 1, 1), {-1, 1, 1});
  const Value bin = reshape(iota<Value>({count}, 0, low.dtype()), {1, -1, 1});
  const Value at = reshape(iota<Value>({extent}, 0, low.dtype()), {1, 1, -1});
  const Value each = size / static_cast<double>(count);
  return logical_and(floor(bin * each) + first <= at, at < ceil((bin + 1) * each) + first);
}

/// Half away from zero, as C rounds.
Value rounded(const Value& x) { return where(x < 0, ceil(x - 0.5), floor(x + 0.5)); }

/// The largest element of each bin of regions [batch, x1, y1, x2, y2], 0 where a bin has none.
Results region_maxima(const NodeView& n) {
  const Value x = n.in(0), rois = n.in(1);
  const Ints bins = n.ints("pooled_shape");
  require(bins.size() == 2 && bins[0] > 0 && bins[1] > 0, "attribute pooled_shape is {}, and must be two extents",
          bins);
  require(x.rank() == 4 && is_float(x.dtype()), "input 0 is {}, and must be floats [N, C, H, W]", x.type());
  require(rois.rank() == 2 && rois.shape()[1] == Dim(5), "input 1 is {}, and must be [regions, 5]", rois.type());
  const Value corners = rounded(slice_axis(rois, 1, 1) * n.real("spatial_scale", 1.0));
  const Value images = gather(x, cast(select(rois, 1, 0), DType::I64));  // [R, C, H, W]
  const auto corner = [&](i64 k) { return select(corners, 1, k); };
  const double nothing = -std::numeric_limits<double>::infinity();
  const Value columns = in_bins(corner(0), corner(2), bins[1], known_extent(x, 3));  // [R, bins, W]
  const Value rows = in_bins(corner(1), corner(3), bins[0], known_extent(x, 2));     // [R, bins, H]
  const Value along_rows =
      max(where(expand_dims(columns, {1, 2}), expand_dims(images, {3}), lift(nothing, x)), {4});  // [R, C, H, bins]
  const Value all =
      max(where(expand_dims(rows, {1, 3}), expand_dims(transpose(along_rows, {0, 1, 3, 2}), {2}), lift(nothing, x)),
          {4});  // [R, C, bins, bins]
  return {where(equal(all, lift(nothing, x)), lift(0, x), all)};
}

constexpr Entry kPools[] = {{"AveragePool", averages},
                            {"GlobalAveragePool", global_averages},
                            {"GlobalLpPool", global_norm},
                            {"GlobalMaxPool", global_maxima},
                            {"LpPool", norms},
                            {"MaxPool", maxima},
                            {"MaxRoiPool", region_maxima},
                            {"MaxUnpool", unpool}};

}  // namespace

std::span<const Entry> pool_operators() { return kPools; }

}  // namespace tenon::onnx
