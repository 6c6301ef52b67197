// Extents and strides of tensors.
#pragma once
#include <memory>
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

struct Composite;

/// What is known of a value before it is there. Of a tensor: element type and shape.
struct Type {
  DType dtype = DType::F32;
  Shape shape;
  std::shared_ptr<const Composite> composite = nullptr;  ///< of anything but a dense tensor

  i64 rank() const { return static_cast<i64>(shape.size()); }
  bool is_dense() const { return composite == nullptr; }
  friend bool operator==(const Type& a, const Type& b);
};

/// Values that are no dense tensors.
struct Composite {
  enum class Form : std::uint8_t {
    Sequence,   ///< any number of values of type `element`
    Optional,   ///< one value of type `element`, or none
    RowSparse,  ///< a tensor of `dtype` and `shape` of which `rows` rows are stored, by index; the others are 0
    Token,      ///< no data: the order of effects
  } form = Form::Token;
  Type element = {};
  Dim rows = 0;
  friend bool operator==(const Composite&, const Composite&) = default;
};
inline bool operator==(const Type& a, const Type& b) {
  return a.dtype == b.dtype && a.shape == b.shape &&
         (a.composite == b.composite || (a.composite && b.composite && *a.composite == *b.composite));
}

Type sequence_of(Type element);
Type optional_of(Type element);
/// At least one dimension.
Type row_sparse(DType dtype, Shape shape, Dim rows);
Type token_type();
inline bool is_form(const Type& t, Composite::Form form) { return t.composite && t.composite->form == form; }
/// A dense tensor whose extents are numbers.
inline bool is_concrete(const Type& t) { return t.is_dense() && is_concrete(t.shape); }
std::uint64_t hash_of(const Type& t);
/// The type with values of unknowns put in.
Type with_values(const Type& t, const DimValues& values);
/// Adds the values of unknowns with which `pattern` is `given`, whose extents are numbers. Values that are there are
/// kept; those of unknowns that nowhere stand alone as an extent are not found. False where the types differ anyway;
/// throws Error where a value breaks its unknown's bounds.
bool match(const Type& pattern, const Type& given, DimValues& values);

/// "f32[2,3]", "sequence(f32[2])", "optional(i64[])", "rows(f32[1000,16], 20)", "token"
std::string to_string(const Type& t);
inline std::string format_as(const Type& t) { return to_string(t); }

}  // namespace tenon
