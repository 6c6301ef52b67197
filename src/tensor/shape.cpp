#include "tensor/shape.h"

#include <fmt/format.h>

#include <algorithm>

namespace tenon {

i64 element_count(const Shape& shape) {
  i64 count = 1;
  bool overflow = false, empty = false;
  for (Dim dim : shape) {
    i64 extent = dim;
    require(extent >= 0, "shape {} has a negative extent", shape);
    empty |= extent == 0;
    overflow |= __builtin_mul_overflow(count, extent, &count);
  }
  if (empty) return 0;
  require(!overflow, "shape {} has more elements than 64 bits can count", shape);
  return count;
}

void check_shape(const Shape& shape) {
  Shape known;
  for (Dim d : shape) {
    if (d.is_constant())
      known.push_back(d);
    else
      require(least_value(d).value_or(-1) >= 0, "shape {}: the extent {} may be negative", shape, d);
  }
  element_count(known);
}

Dim symbolic_count(const Shape& shape) {
  Dim count = 1;
  for (Dim extent : shape) count *= extent;
  return count;
}

bool is_concrete(const Shape& shape) {
  return std::ranges::all_of(shape, [](Dim d) { return d.is_constant(); });
}

Ints contiguous_strides(const Shape& shape) {
  Ints strides(shape.size(), 1);
  for (std::size_t k = shape.size(); k-- > 1;) {
    if (__builtin_mul_overflow(strides[k], shape[k].value(), &strides[k - 1])) strides[k - 1] = 0;  // of an empty tensor
  }
  return strides;
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  std::size_t lead = longer.size() - shorter.size();
  for (std::size_t k = 0; k < shorter.size(); ++k) {
    Dim x = longer[lead + k], y = shorter[k];
    require(x == y || x == 1 || y == 1, "shapes {} and {} cannot be broadcast together: {} against {} in axis {}", a, b,
            a.size() >= b.size() ? x : y, a.size() >= b.size() ? y : x,
            static_cast<i64>(k) - static_cast<i64>(shorter.size()));
    result[lead + k] = x == 1 ? y : x;
  }
  return result;
}

i64 normal_axis(i64 axis, i64 rank) {
  require(rank > 0, "axis {} is out of range: a scalar has no axes", axis);
  require(axis >= -rank && axis < rank, "axis {} is out of range for rank {} ({} to {})", axis, rank, -rank, rank - 1);
  return axis < 0 ? axis + rank : axis;
}

std::string to_string(const Ints& v) { return fmt::format("[{}]", fmt::join(v.begin(), v.end(), ",")); }
std::string to_string(const Shape& v) { return fmt::format("[{}]", fmt::join(v.begin(), v.end(), ",")); }

Type with_values(const Type& t, const DimValues& values) {
  Type r = t;
  for (Dim& d : r.shape) d = with_values(d, values);
  return r;
}

bool match(const Type& pattern, const Type& given, DimValues& values) {
  if (pattern.dtype != given.dtype || pattern.shape.size() != given.shape.size()) return false;
  for (std::size_t d = 0; d < given.shape.size(); ++d) {
    Dim p = with_values(pattern.shape[d], values);
    auto names = unknowns(p);
    if (names.size() != 1) continue;
    DimValues value{{names[0], given.shape[d]}};
    bool bare = to_string(p).starts_with("?" + names[0]) && with_values(p, value) == given.shape[d];
    if (bare) values.push_back(value[0]);
  }
  return with_values(pattern, values) == given;
}

std::string to_string(const Type& t) { return fmt::format("{}{}", name_of(t.dtype), t.shape); }

}  // namespace tenon
