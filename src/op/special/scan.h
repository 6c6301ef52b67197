// What operators that walk along an axis share.
#pragma once
#include <cmath>

#include "op/handle.h"
#include "tensor/lines.h"

namespace tenon {

/// Checks that there is one operand, and that it has the axis.
Types infer_scan(std::string_view op, Operands in, i64 axis);
/// Values and positions of cummax and cummin.
Types infer_running_extreme(std::string_view op, Operands in, i64 axis);

/// Step k of the walk is element k of a line, or the k-th from its end.
struct ScanOrder {
  i64 axis;
  bool reverse;
};

/// y = the combination of all that came before, starting with `identity`, and of x itself unless exclusive; in the
/// accumulate type of the elements.
Array accumulated(const Array& x, ScanOrder order, bool exclusive, Number identity, Number (*combine)(Number, Number));
/// The first element that no later one beats, and its place on the axis.
std::vector<Array> running_extreme(const Array& x, ScanOrder order, bool (*beats)(Number challenger, Number champion));

/// x one step earlier (or later) in the order of the walk, with zeros where there is none.
Built one_step_before(const Built& x, ScanOrder order);
Built one_step_after(const Built& x, ScanOrder order);

/// Zeros like `shape` with values added at positions along the axis: the gradient of take_along_axis.
Built scatter_along_axis(const Built& values, const Built& positions, Dim extent, i64 axis);
/// Of an operator whose output is take_along_axis(x, positions).
Values gradient_at_positions(Builder& b, const Value& x, const Value& positions, const Value& grad, i64 axis);

template <class T>
std::vector<Case<T>> scan_samples(const std::vector<DType>& dtypes, const std::vector<T>& variants) {
  std::vector<Case<T>> list;
  const Shape shapes[] = {{3, 5}, {7}, {2, 3, 1, 4}, {1}, {2, 0}, {0, 3}};
  auto add = [&](const T& op, const Type& type) {
    const double low = is_signed(type.dtype) ? -2 : 0;
    list.push_back({op, {{type, low, 2, is_float(type.dtype)}}});
  };
  for (const T& variant : variants) add(variant, {dtypes[0], shapes[0]});
  for (const Shape& s : shapes) add(T{.axis = -1}, {dtypes[0], s}), add(T{.axis = 0, .reverse = true}, {dtypes[0], s});
  for (DType d : dtypes) add(T{.axis = 1}, {d, {2, 9}}), add(T{.axis = 0}, {d, {9, 70}});
  return list;
}

}  // namespace tenon
