// Functions that move elements, and tensors made from nothing.
#pragma once
#include "op/handle.h"
#include "op/math/functions.h"
#include "op/shape/arange.h"
#include "op/shape/broadcast.h"
#include "op/shape/broadcast_to.h"
#include "op/shape/channel_shuffle.h"
#include "op/shape/concatenate.h"
#include "op/shape/constant.h"
#include "op/shape/depth_to_space.h"
#include "op/shape/diagonal.h"
#include "op/shape/expand_dims.h"
#include "op/shape/eye.h"
#include "op/shape/fill.h"
#include "op/shape/flip.h"
#include "op/shape/full.h"
#include "op/shape/iota.h"
#include "op/shape/pad.h"
#include "op/shape/range.h"
#include "op/shape/repeat_interleave.h"
#include "op/shape/reshape.h"
#include "op/shape/reshape_to.h"
#include "op/shape/roll.h"
#include "op/shape/shape_of.h"
#include "op/shape/slice.h"
#include "op/shape/space_to_depth.h"
#include "op/shape/squeeze.h"
#include "op/shape/tile.h"
#include "op/shape/transpose.h"
#include "op/shape/tril.h"
#include "op/shape/triu.h"

namespace tenon {

/// One extent may be -1.
template <Handle V>
V reshape(const V& x, const Shape& shape) {
  return detail::apply_to<V>(Reshape{shape}, {x});
}
/// One dimension of all elements; with `from`, the dimensions from there on become one.
template <Handle V>
V flatten(const V& x, i64 from = 0) {
  const Shape& s = x.type().shape;
  require(from >= 0 && from <= x.type().rank(), "flatten: dimension {} is out of range for {}", from, x.type());
  Shape shape(s.begin(), s.begin() + from);
  shape.push_back(symbolic_count(Shape(s.begin() + from, s.end())));
  return reshape(x, shape);
}
template <Handle V>
V transpose(const V& x, const Ints& permutation = {}) {
  return detail::apply_to<V>(Transpose{permutation}, {x});
}
template <Handle V>
V broadcast(const V& x, const Shape& shape) {
  return detail::apply_to<V>(Broadcast{shape}, {x});
}
template <Handle V>
V expand_dims(const V& x, const Ints& axes) {
  return detail::apply_to<V>(ExpandDims{axes}, {x});
}
template <Handle V>
V squeeze(const V& x, const Ints& axes = {}) {
  return detail::apply_to<V>(Squeeze{axes}, {x});
}
template <Handle V>
V flip(const V& x, const Ints& axes = {}) {
  return detail::apply_to<V>(Flip{axes}, {x});
}
template <Handle V>
V pad(const V& x, const Ints& low, const Ints& high, double value = 0) {
  return detail::apply_to<V>(Pad{low, high, value, "constant"}, {x});
}
/// mode: "edge", "reflect" or "wrap".
template <Handle V>
V pad(const V& x, const Ints& low, const Ints& high, std::string mode) {
  return detail::apply_to<V>(Pad{low, high, 0, std::move(mode)}, {x});
}
/// Moved towards the end of the axes; what leaves comes in at the other end.
template <Handle V>
V roll(const V& x, const Ints& shifts, const Ints& axes) {
  return detail::apply_to<V>(Roll{shifts, axes}, {x});
}
/// The whole, repeats[d] times along each dimension; missing dimensions are added in front.
template <Handle V>
V tile(const V& x, Ints repeats) {
  const i64 missing = static_cast<i64>(repeats.size()) - x.type().rank();
  while (static_cast<i64>(repeats.size()) < x.type().rank()) repeats.insert(repeats.begin(), 1);
  if (missing <= 0) return detail::apply_to<V>(Tile{repeats}, {x});
  Ints axes;
  for (i64 a = 0; a < missing; ++a) axes.push_back(a);
  return detail::apply_to<V>(Tile{repeats}, {expand_dims(x, axes)});
}
/// Each slice `count` times.
template <Handle V>
V repeat_interleave(const V& x, i64 count, i64 axis) {
  return detail::apply_to<V>(RepeatInterleave{count, axis}, {x});
}
template <Handle V>
V tril(const V& x, i64 k = 0) {
  return detail::apply_to<V>(Tril{k}, {x});
}
template <Handle V>
V triu(const V& x, i64 k = 0) {
  return detail::apply_to<V>(Triu{k}, {x});
}
template <Handle V>
V diagonal(const V& x, i64 k = 0, i64 axis1 = 0, i64 axis2 = 1) {
  return detail::apply_to<V>(Diagonal{k, axis1, axis2}, {x});
}
template <Handle V>
V depth_to_space(const V& x, i64 block, std::string mode = "DCR") {
  return detail::apply_to<V>(DepthToSpace{block, std::move(mode)}, {x});
}
template <Handle V>
V space_to_depth(const V& x, i64 block, std::string mode = "DCR") {
  return detail::apply_to<V>(SpaceToDepth{block, std::move(mode)}, {x});
}
/// [N, C factor^rank, spatial…] to [N, C, spatial times factor…].
template <Handle V>
V pixel_shuffle(const V& x, i64 factor) {
  return depth_to_space(x, factor, "CRD");
}
template <Handle V>
V channel_shuffle(const V& x, i64 groups) {
  return detail::apply_to<V>(ChannelShuffle{groups}, {x});
}

/// Every dimension at once, in the operator's terms: positions from 0, stop -1 with a negative step.
template <Handle V>
V slice(const V& x, const Shape& start, const Shape& stop, const Ints& step = {}) {
  return detail::apply_to<V>(Slice{start, stop, step}, {x});
}
/// As far as the dimension goes, in slice_axis.
inline constexpr i64 kEnd = std::numeric_limits<i64>::max();
/// One axis, as Python's x[start:stop:step]: negative positions count from the end, what lies outside is cut off. With
/// a negative step start kEnd is the last element and stop kEnd goes down to the first.
template <Handle V>
V slice_axis(const V& x, i64 axis, i64 start, i64 stop = kEnd, i64 step = 1) {
  return detail::apply_to<V>(slice_of_axis(x.type(), axis, start, stop, step), {x});
}
/// The slice at one position of the axis, which is dropped; negative positions count from the end.
template <Handle V>
V select(const V& x, i64 axis, i64 position) {
  const i64 a = normal_axis(axis, x.type().rank());
  const Dim n = x.type().shape[static_cast<std::size_t>(a)];
  require(position >= -n && position < n, "select: position {} is out of range for dimension {} of {}", position, a,
          x.type());
  const i64 p = position < 0 ? position + n.value() : position;
  return squeeze(slice_axis(x, a, p, p + 1), {a});
}

/// Slices of the given extents, one after the other along the axis, which they cover.
template <Handle V>
std::vector<V> split(const V& x, const Shape& extents, i64 axis = 0) {
  const Dim n = x.type().shape[static_cast<std::size_t>(normal_axis(axis, x.type().rank()))];
  std::vector<V> parts;
  Dim start = 0;
  for (const Dim extent : extents) {
    require(extent >= 0 && extent <= n - start, "split: {} does not cover dimension {} of {}", extents, axis, x.type());
    parts.push_back(slice_axis(x, axis, start, start + extent));
    start += extent;
  }
  require(start == n, "split: {} does not cover dimension {} of {}", extents, axis, x.type());
  return parts;
}
/// `count` slices of ceil(extent / count) elements, of which the last may be shorter or empty.
template <Handle V>
std::vector<V> chunk(const V& x, i64 count, i64 axis = 0) {
  require(count > 0, "chunk: {} parts, expected at least 1", count);
  Dim rest = x.type().shape[static_cast<std::size_t>(normal_axis(axis, x.type().rank()))];
  const Dim most = ceil_div(rest, count);
  Shape extents;
  for (i64 k = 0; k < count; ++k, rest -= extents.back()) extents.push_back(std::min(most, rest));
  return split(x, extents, axis);
}

/// Operands of different element types are promoted.
template <Handle V>
V concatenate(std::span<const V> parts, i64 axis = 0) {
  require(!parts.empty(), "concatenate: there are no operands; expected at least one");
  DType t = parts[0].dtype();
  for (const V& p : parts) t = promote(t, p.dtype());
  std::vector<V> operands;
  for (const V& p : parts) operands.push_back(cast(p, t));
  return apply_op(make_op(Concatenate{axis}), std::span<const V>(operands));
}
template <Handle V>
V concatenate(std::initializer_list<V> parts, i64 axis = 0) {
  return concatenate(std::span<const V>(parts.begin(), parts.size()), axis);
}
/// Along a new axis.
template <Handle V>
V stack(std::span<const V> parts, i64 axis = 0) {
  std::vector<V> operands;
  for (const V& p : parts) operands.push_back(expand_dims(p, {axis}));
  return concatenate(std::span<const V>(operands), axis);
}
template <Handle V>
V stack(std::initializer_list<V> parts, i64 axis = 0) {
  return stack(std::span<const V>(parts.begin(), parts.size()), axis);
}

template <Handle V>
V full(const Shape& shape, double value, DType dtype = DType::F32) {
  return detail::apply_to<V>(Full{value, dtype, shape}, {});
}
template <Handle V>
V zeros(const Shape& shape, DType dtype = DType::F32) {
  return full<V>(shape, 0, dtype);
}
template <Handle V>
V ones(const Shape& shape, DType dtype = DType::F32) {
  return full<V>(shape, 1, dtype);
}
template <Handle V>
V zeros_like(const V& x) {
  return zeros<V>(x.type().shape, x.dtype());
}
template <Handle V>
V ones_like(const V& x) {
  return ones<V>(x.type().shape, x.dtype());
}
/// The position along the axis.
template <Handle V>
V iota(const Shape& shape, i64 axis = 0, DType dtype = DType::I64) {
  return detail::apply_to<V>(Iota{dtype, shape, axis}, {});
}
/// start, start + step, … before stop.
template <Handle V>
V arange(double start, double stop, double step = 1, DType dtype = DType::I64) {
  return detail::apply_to<V>(Arange{start, stop, step, dtype}, {});
}
/// 1 where column - row is k.
template <Handle V>
V eye(i64 rows, i64 columns, i64 k = 0, DType dtype = DType::F32) {
  return detail::apply_to<V>(Eye{rows, columns, k, dtype}, {});
}
/// The extents of x as an i64 list; what integer operators make of it is known at once.
template <Handle V>
V shape_of(const V& x) {
  return detail::apply_to<V>(ShapeOf{}, {x});
}
/// Extents from a list of integers, of which one may be -1.
template <Handle V>
V reshape_to(const V& x, const V& extents) {
  return detail::apply_to<V>(ReshapeTo{}, {x, extents});
}
template <Handle V>
V broadcast_to(const V& x, const V& extents) {
  return detail::apply_to<V>(BroadcastTo{}, {x, extents});
}
template <Handle V>
V fill(const V& extents, const V& value) {
  return detail::apply_to<V>(Fill{}, {extents, value});
}
/// Scalars of one type.
template <Handle V>
V range(const V& start, const V& limit, const V& step) {
  return detail::apply_to<V>(Range{}, {start, limit, step});
}
/// The array as part of the graph.
template <Handle V>
V constant(Array value) {
  return detail::apply_to<V>(Constant{std::move(value)}, {});
}

}  // namespace tenon
