// A dense tensor seen along one axis.
#pragma once
#include "tensor/shape.h"

namespace tenon {

/// Element k of line (o, i) lies at (o * length + k) * inner + i. Lines are numbered o * inner + i.
struct Lines {
  i64 outer = 1, length = 1, inner = 1;
  i64 count() const { return outer * inner; }
  /// Of the first element of a line; its elements are `inner` apart.
  i64 start(i64 line) const { return line / inner * length * inner + line % inner; }
  i64 at(i64 line, i64 k) const { return start(line) + k * inner; }
};

/// No lines where the tensor is empty. Throws Error where there is no such axis.
inline Lines lines_of(const Shape& shape, i64 axis) {
  const i64 a = normal_axis(axis, static_cast<i64>(shape.size()));
  Lines lines{1, shape[static_cast<std::size_t>(a)], 1};
  if (element_count(shape) == 0) return {0, lines.length, 1};
  for (i64 d = 0; d < a; ++d) lines.outer *= shape[static_cast<std::size_t>(d)];
  for (std::size_t d = static_cast<std::size_t>(a) + 1; d < shape.size(); ++d) lines.inner *= shape[d];
  return lines;
}

}  // namespace tenon
