// What converters of several files share: lists that are attributes or inputs, scalars, operators that name extents.
#pragma once
#include "onnx/scope.h"
#include "op/functions.h"

namespace tenon::onnx {

/// A list that is an attribute before opset `since` and input k from there on; nothing where it is left out.
inline std::optional<Ints> list_of(const NodeView& n, const std::string& name, i64 since, std::size_t k) {
  if (n.opset() < since) return n.has_attribute(name) ? std::optional(n.ints(name)) : std::nullopt;
  return n.has(k) ? std::optional(n.ints_of(k)) : std::nullopt;
}

/// Axes counted from the front, in their order; throws Error where one is out of range or there twice.
inline Ints axes_in(const Ints& axes, i64 rank) {
  Ints normal;
  for (const i64 a : axes) {
    normal.push_back(normal_axis(a, rank));
    require(std::count(normal.begin(), normal.end(), normal.back()) == 1, "axis {} is named twice in {}", a, axes);
  }
  return normal;
}
inline Ints all_axes(i64 rank) {
  Ints axes;
  for (i64 a = 0; a < rank; ++a) axes.push_back(a);
  return axes;
}

/// A tensor of one element as a scalar.
inline Value as_scalar(const Value& v) { return v.rank() == 0 ? v : reshape(v, {}); }
inline Value i64_scalar(i64 number) { return constant_of(Array::scalar(Number::of_int(number), DType::I64)); }
/// The extent of a dimension as an i64 scalar.
inline Value extent_of(const Value& x, i64 axis) { return select(shape_of(x), 0, axis); }

/// Throws NeedsInputs where input k follows from inputs of the model, and does nothing else.
void ask_if_possible(const NodeView& n, std::size_t k);
/// start, start + step, … before limit, of i64 scalars; data may decide them.
Value positions_between(const NodeView& n, const Value& start, const Value& limit, i64 step = 1);
/// Elements start to stop of an axis, where they are numbers or the whole; throws NeedsInputs where they may be.
Value part_of(const NodeView& n, const Value& x, i64 axis, Dim start, Dim stop);
/// Integers as i64, in a run that fails where one is not from 0 to limit - 1. `label` is "operator(the limit's name,
/// the integers' name)", for that message.
Value checked_below(const Value& integers, Dim limit, const std::string& label);
/// Coordinates where a condition of any rank holds, [rank, count].
Value places_where(const NodeView& n, const Value& condition);

}  // namespace tenon::onnx
