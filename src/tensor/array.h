// A concrete n-dimensional array in memory.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/number.h"
#include "tensor/shape.h"
#include "tensor/storage.h"

namespace tenon {

/// Data with a type: a strided view of shared storage. Copies share the storage; views are free.
/// `strides` and `offset` count elements; strides may be zero (broadcast) or negative (flip).
class Array {
 public:
  Array() = default;
  /// Uninitialised, contiguous.
  explicit Array(Type type);
  Array(DType dtype, Shape shape) : Array(Type{dtype, std::move(shape)}) {}
  Array(std::shared_ptr<Storage> storage, Type type, Ints strides, i64 offset = 0);
  /// A value of a composite type: of a sequence its elements, of an optional its element or nothing, of a row-sparse
  /// tensor the stored rows' positions (i64[rows], each once, ascending) and the rows themselves, of a token nothing.
  /// Parts whose types have unknown extents in the sequence's or optional's type may be of any such extents. Throws
  /// Error where the parts do not fit.
  Array(Type type, std::vector<Array> parts);

  template <class T>
  static Array from(std::span<const T> values, Shape shape);  ///< throws Error unless counts agree
  template <class T>
  static Array from(std::initializer_list<T> values, Shape shape) {
    return from(std::span<const T>(values.begin(), values.size()), std::move(shape));
  }
  static Array scalar(Number value, DType dtype);
  static Array full(Type type, Number value);

  bool defined() const { return storage_ != nullptr || parts_ != nullptr; }
  bool is_dense() const { return parts_ == nullptr; }
  /// Of a composite value; throws Error for a dense one. Only dense arrays have elements.
  const std::vector<Array>& parts() const;
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  i64 rank() const { return type_.rank(); }
  i64 dim(i64 axis) const { return type_.shape[static_cast<std::size_t>(normal_axis(axis, rank()))]; }
  const Ints& strides() const { return strides_; }
  i64 offset() const { return offset_; }
  i64 count() const { return count_; }
  i64 bytes() const { return bytes_of(dtype(), count_); }
  const std::shared_ptr<Storage>& storage() const { return storage_; }
  bool contiguous() const;

  /// Address of the first element (offset applied). Elements are contiguous only if contiguous().
  void* raw() { return storage_->data() + byte_offset(); }
  const void* raw() const { return storage_->data() + byte_offset(); }
  /// Typed view of a contiguous array; throws Error when the type or the layout differs. f16 and bf16 are uint16_t, as
  /// u16.
  template <class T>
  std::span<T> values();
  template <class T>
  std::span<const T> values() const;

  /// Element by row-major position, whatever the strides.
  Number at(i64 position) const;
  void set(i64 position, Number value);

  Array reshaped(Shape shape) const;  ///< a view where the strides allow it, else a copy
  Array transposed(const Ints& permutation) const;
  Array sliced(i64 axis, i64 start, i64 stop, i64 step = 1) const;
  Array broadcast_to(Shape shape) const;
  Array to_contiguous() const;    ///< itself when contiguous
  Array clone() const;            ///< fresh contiguous storage
  Array cast(DType dtype) const;  ///< by Number::rounded_to, element by element

 private:
  i64 byte_offset() const { return bytes_of(type_.dtype, offset_); }
  i64 element_of(i64 position) const;

  std::shared_ptr<Storage> storage_;
  std::shared_ptr<const std::vector<Array>> parts_;
  Type type_;
  Ints strides_;
  i64 offset_ = 0, count_ = 0;
};

/// The dense tensor of the same type and shape as a row-sparse one.
Array dense_rows(const Array& row_sparse);

/// Same type and same bits of every element.
bool identical(const Array& a, const Array& b);
/// Nested brackets, elided in the middle when long.
std::string to_string(const Array& a);

}  // namespace tenon
