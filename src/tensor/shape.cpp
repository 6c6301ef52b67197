#include "tensor/shape.h"

#include <fmt/format.h>

namespace tenon {

i64 element_count(const Shape& shape) {
  i64 count = 1;
  bool overflow = false, empty = false;
  for (i64 extent : shape) {
    require(extent >= 0, "shape {} has a negative extent", shape);
    empty |= extent == 0;
    overflow |= __builtin_mul_overflow(count, extent, &count);
  }
  if (empty) return 0;
  require(!overflow, "shape {} has more elements than 64 bits can count", shape);
  return count;
}

Ints contiguous_strides(const Shape& shape) {
  Ints strides(shape.size(), 1);
  for (std::size_t k = shape.size(); k-- > 1;) {
    if (__builtin_mul_overflow(strides[k], shape[k], &strides[k - 1])) strides[k - 1] = 0;  // of an empty tensor
  }
  return strides;
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  std::size_t lead = longer.size() - shorter.size();
  for (std::size_t k = 0; k < shorter.size(); ++k) {
    i64 x = longer[lead + k], y = shorter[k];
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

std::string to_string(const Type& t) { return fmt::format("{}{}", name_of(t.dtype), t.shape); }

}  // namespace tenon
