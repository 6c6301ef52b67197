// Functions that move elements, and tensors made from nothing.
#pragma once
#include "op/handle.h"
#include "op/math/functions.h"
#include "op/shape/broadcast.h"
#include "op/shape/concatenate.h"
#include "op/shape/constant.h"
#include "op/shape/expand_dims.h"
#include "op/shape/flip.h"
#include "op/shape/full.h"
#include "op/shape/iota.h"
#include "op/shape/pad.h"
#include "op/shape/reshape.h"
#include "op/shape/slice.h"
#include "op/shape/squeeze.h"
#include "op/shape/transpose.h"

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
  return detail::apply_to<V>(Pad{low, high, value}, {x});
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
/// The array as part of the graph.
template <Handle V>
V constant(Array value) {
  return detail::apply_to<V>(Constant{std::move(value)}, {});
}

}  // namespace tenon
