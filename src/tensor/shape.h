// Extents and strides of tensors.
#pragma once
#include <string>

#include "base/small_vector.h"
#include "tensor/dim.h"
#include "tensor/dtype.h"

namespace tenon {

/// A short list of integers: strides, axes.
using Ints = SmallVector<i64, 6>;
using Shape = SmallVector<Dim, 6>;

/// Product of the extents (1 for a scalar). Throws Error when it does not fit i64, or an extent is negative or unknown.
i64 element_count(const Shape& shape);
/// Throws Error as element_count does, but for unknown extents.
void check_shape(const Shape& shape);
/// The same of extents that may be unknown.
Dim symbolic_count(const Shape& shape);
/// Every extent is a number.
bool is_concrete(const Shape& shape);
/// Row-major strides in elements.
Ints contiguous_strides(const Shape& shape);
/// NumPy's broadcasting of two shapes; throws Error naming both shapes where it is impossible.
Shape broadcast_shapes(const Shape& a, const Shape& b);
/// Maps -rank..rank-1 to 0..rank-1; throws Error "axis 3 is out of range for rank 2 (-2 to 1)".
i64 normal_axis(i64 axis, i64 rank);
/// "[2,3]"
std::string to_string(const Ints& v);
std::string to_string(const Shape& v);
inline std::string format_as(const Ints& v) { return to_string(v); }
inline std::string format_as(const Shape& v) { return to_string(v); }

/// Element type and shape: what is known of a tensor before it has a value.
struct Type {
  DType dtype = DType::F32;
  Shape shape;
  i64 rank() const { return static_cast<i64>(shape.size()); }
  friend bool operator==(const Type&, const Type&) = default;
};
/// The type with values of unknowns put in.
Type with_values(const Type& t, const DimValues& values);
/// Adds the values of unknowns with which `pattern` is `given`, whose extents are numbers. Values that are there are
/// kept; those of unknowns that nowhere stand alone as an extent are not found. False where the types differ anyway;
/// throws Error where a value breaks its unknown's bounds.
bool match(const Type& pattern, const Type& given, DimValues& values);

/// "f32[2,3]"
std::string to_string(const Type& t);
inline std::string format_as(const Type& t) { return to_string(t); }

}  // namespace tenon
