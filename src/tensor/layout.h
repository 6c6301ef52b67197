// How a tensor lies in memory where it is not row-major.
#pragma once
#include <vector>

#include "tensor/array.h"

namespace tenon {

/// Digits of the coordinates, outermost first: digit (dimension d, radix r) is x[d] / r, modulo the next larger radix
/// of d over r. The smallest radix of each dimension is 1, each divides the next larger one, and larger ones come
/// first.
/// {(1, 32), (0, 1), (1, 1)} holds a matrix as blocks of 32 columns, each of which is row-major; the last block is
/// filled up with zeros. No digits: row-major.
struct Layout {
  struct Digit {
    std::int32_t dimension = 0;
    i64 radix = 1;
    friend bool operator==(const Digit&, const Digit&) = default;
  };
  std::vector<Digit> digits;
  bool is_row_major() const { return digits.empty(); }
  friend bool operator==(const Layout&, const Layout&) = default;
};

/// How many values each digit takes, by digit. Throws InternalError where the digits are not as said above.
Ints extents_of(const Layout& layout, const Shape& shape);

/// The array's elements in the order of the layout, one-dimensional.
Array stored_as(const Array& array, const Layout& layout);

}  // namespace tenon
