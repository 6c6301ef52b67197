#include "tensor/array.h"

#include <algorithm>
#include <cstring>

namespace tenon {
namespace {

std::size_t index(i64 i) { return static_cast<std::size_t>(i); }

// Throws unless every element of the view lies in `bytes` bytes of storage.
void check_bounds(const Type& type, const Ints& strides, i64 offset, i64 count, i64 bytes) {
  require(strides.size() == type.shape.size(), "{} strides {} do not fit {}", strides.size(), strides, type);
  if (count == 0) return;
  i64 first = offset, last = offset;
  bool overflow = false;
  for (std::size_t k = 0; k < strides.size(); ++k) {
    i64 reach;
    overflow |= __builtin_mul_overflow(strides[k], type.shape[k].value() - 1, &reach);
    i64& end = reach < 0 ? first : last;
    overflow |= __builtin_add_overflow(end, reach, &end);
  }
  bool inside = !overflow && first >= 0 && last < bytes * 8 / bits_of(type.dtype);
  require(inside, "a view {} with strides {} and offset {} reaches outside its {} bytes of storage", type, strides,
          offset, bytes);
}

// One axis of a copy: extent, stride of the source, stride of the destination, in elements.
struct Axis {
  i64 extent, from, to;
};

// Axes that can be walked as one become one; axes of extent 1 vanish.
SmallVector<Axis, 6> joined_axes(const Shape& shape, const Ints& from, const Ints& to) {
  SmallVector<Axis, 6> axes;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == 1) continue;
    Axis next{shape[k], from[k], to[k]};
    if (!axes.empty() && axes.back().from == next.from * next.extent && axes.back().to == next.to * next.extent) {
      axes.back() = {axes.back().extent * next.extent, next.from, next.to};
    } else {
      axes.push_back(next);
    }
  }
  if (axes.empty()) axes.push_back({1, 1, 1});
  return axes;
}

template <class Word>
void copy_axes(const Word* from, Word* to, std::span<const Axis> axes) {
  Axis axis = axes[0];
  if (axes.size() > 1) {
    for (i64 i = 0; i < axis.extent; ++i) copy_axes(from + i * axis.from, to + i * axis.to, axes.subspan(1));
  } else if (axis.from == 1 && axis.to == 1) {
    std::memcpy(to, from, index(axis.extent) * sizeof(Word));
  } else {
    for (i64 i = 0; i < axis.extent; ++i) to[i * axis.to] = from[i * axis.from];
  }
}

void copy_elements(int bits, const void* from, void* to, std::span<const Axis> axes) {
  auto run = [&]<class Word>(Word) { copy_axes(static_cast<const Word*>(from), static_cast<Word*>(to), axes); };
  switch (bits) {
    case 8: return run(std::uint8_t{});
    case 16: return run(std::uint16_t{});
    case 32: return run(std::uint32_t{});
    case 64: return run(std::uint64_t{});
    default: expect(false, "elements are whole bytes");
  }
}

// Strides under which the elements of (shape, strides) can be seen as `target`; false where they cannot.
bool strides_for(const Shape& shape, const Ints& strides, const Shape& target, Ints& result) {
  SmallVector<Axis, 6> axes = joined_axes(shape, strides, strides);
  result = contiguous_strides(target);
  std::size_t k = 0;
  i64 left = axes[0].extent;
  for (std::size_t t = 0; t < target.size(); ++t) {
    if (target[t] == 1) continue;
    if (left == 1 && ++k < axes.size()) left = axes[k].extent;
    if (k >= axes.size() || left % target[t] != 0) return false;
    left /= target[t];
    result[t] = axes[k].from * left;
  }
  return true;
}

template <class T>
bool holds(DType t) {
  if constexpr (std::is_same_v<T, std::uint16_t>) {
    return t == DType::F16 || t == DType::BF16 || t == DType::U16;
  } else {
    return t == dtype_of<T>();
  }
}

template <class T>
void check_values(const Array& a) {
  require(a.defined(), "an undefined array has no values");
  require(holds<T>(a.dtype()), "values of {} cannot be seen as another C++ type; cast the array first", a.type());
  require(a.contiguous(), "values of {} with strides {} are not contiguous; call to_contiguous() first", a.type(),
          a.strides());
}

}  // namespace

Array::Array(Type type)
    : type_(std::move(type)), strides_(contiguous_strides(type_.shape)), count_(element_count(type_.shape)) {
  expect(type_.is_dense(), "memory is allocated for dense tensors");
  i64 bits;
  require(!__builtin_mul_overflow(count_, i64{bits_of(type_.dtype)}, &bits), "{} does not fit into memory", type_);
  storage_ = Storage::allocate(bytes_of(type_.dtype, count_));
}

Array::Array(std::shared_ptr<Storage> storage, Type type, Ints strides, i64 offset)
    : storage_(std::move(storage)),
      type_(std::move(type)),
      strides_(std::move(strides)),
      offset_(offset),
      count_(element_count(type_.shape)) {
  expect(storage_ != nullptr, "an array has storage");
  check_bounds(type_, strides_, offset_, count_, storage_->bytes());
}

namespace {

void check_row_sparse(const Type& type, const std::vector<Array>& parts) {
  require(parts.size() == 2, "{} has positions and rows, given {} parts", type, parts.size());
  Shape rows = type.shape;
  rows[0] = type.composite->rows;
  const Type positions{DType::I64, {rows[0]}}, values{type.dtype, rows};
  require(parts[0].type() == positions && parts[1].type() == values, "{} has parts {} and {}, given {} and {}", type,
          positions, values, parts[0].type(), parts[1].type());
  i64 last = -1;
  for (i64 k = 0; k < parts[0].count(); ++k) {
    const i64 at = parts[0].at(k).i;
    require(at > last && at < type.shape[0], "{}: position {} of the stored rows is {}, expected {} to {}", type, k, at,
            last + 1, type.shape[0].value() - 1);
    last = at;
  }
}

}  // namespace

Array::Array(Type type, std::vector<Array> parts)
    : parts_(std::make_shared<const std::vector<Array>>(std::move(parts))), type_(std::move(type)) {
  expect(!type_.is_dense(), "an array of parts has a composite type");
  for (const Array& part : *parts_) require(part.defined(), "{}: a part is undefined", type_);
  const Composite& c = *type_.composite;
  if (c.form == Composite::Form::RowSparse) {
    check_row_sparse(type_, *parts_);
    return;
  }
  const std::size_t most = c.form == Composite::Form::Token      ? 0
                           : c.form == Composite::Form::Optional ? 1
                                                                 : parts_->size();
  require(parts_->size() <= most, "{} has at most {} parts, given {}", type_, most, parts_->size());
  for (const Array& part : *parts_) {
    DimValues any;
    require(match(c.element, part.type(), any), "{}: an element is {}", type_, part.type());
  }
}

const std::vector<Array>& Array::parts() const {
  require(parts_ != nullptr, "{} is a dense tensor and has no parts", type_);
  return *parts_;
}

Array dense_rows(const Array& x) {
  const auto& parts = x.parts();
  require(is_form(x.type(), Composite::Form::RowSparse), "{} is not row-sparse", x.type());
  Array dense = Array::full({x.dtype(), x.shape()}, is_float(x.dtype()) ? Number(0.0) : Number::of_int(0));
  const Array rows = parts[1].to_contiguous();
  const i64 row = parts[0].count() > 0 ? rows.bytes() / parts[0].count() : 0;
  for (i64 k = 0; k < parts[0].count() && row > 0; ++k)
    std::memcpy(static_cast<std::byte*>(dense.raw()) + parts[0].at(k).i * row,
                static_cast<const std::byte*>(rows.raw()) + k * row, static_cast<std::size_t>(row));
  return dense;
}

template <class T>
Array Array::from(std::span<const T> values, Shape shape) {
  Array result(dtype_of<T>(), std::move(shape));
  require(result.count() == static_cast<i64>(values.size()), "{} values do not fill {}", values.size(), result.type());
  if (!values.empty()) std::memcpy(result.raw(), values.data(), values.size_bytes());
  return result;
}

Array Array::scalar(Number value, DType dtype) { return full({dtype, {}}, value); }

Array Array::full(Type type, Number value) {
  Array result(std::move(type));
  if (result.count() == 0) return result;
  std::uint64_t pattern = 0;
  store_number(result.dtype(), &pattern, 0, value);
  Axis axis{result.count(), 0, 1};
  copy_elements(bits_of(result.dtype()), &pattern, result.raw(), {&axis, 1});
  return result;
}

bool Array::contiguous() const {
  if (count_ == 0) return true;
  i64 expected = 1;
  for (std::size_t k = type_.shape.size(); k-- > 0;) {
    if (type_.shape[k] != 1 && strides_[k] != expected) return false;
    expected *= type_.shape[k];
  }
  return true;
}

template <class T>
std::span<T> Array::values() {
  check_values<T>(*this);
  return {static_cast<T*>(raw()), index(count_)};
}

template <class T>
std::span<const T> Array::values() const {
  check_values<T>(*this);
  return {static_cast<const T*>(raw()), index(count_)};
}

i64 Array::element_of(i64 position) const {
  require(position >= 0 && position < count_, "element {} is out of range for {} ({} elements)", position, type_,
          count_);
  i64 element = offset_;
  for (std::size_t k = type_.shape.size(); k-- > 0;) {
    element += position % type_.shape[k] * strides_[k];
    position /= type_.shape[k];
  }
  return element;
}

Number Array::at(i64 position) const { return load_number(dtype(), storage_->data(), element_of(position)); }

void Array::set(i64 position, Number value) { store_number(dtype(), storage_->data(), element_of(position), value); }

Array Array::reshaped(Shape shape) const {
  require(element_count(shape) == count_, "{} ({} elements) cannot be reshaped to {}", type_, count_, shape);
  Ints strides = contiguous_strides(shape);
  if (count_ > 0 && !contiguous() && !strides_for(type_.shape, strides_, shape, strides)) {
    return clone().reshaped(std::move(shape));
  }
  return Array(storage_, {dtype(), std::move(shape)}, std::move(strides), offset_);
}

Array Array::transposed(const Ints& permutation) const {
  require(permutation.size() == type_.shape.size(), "permutation {} does not have the {} axes of {}", permutation,
          rank(), type_);
  SmallVector<bool, 6> seen(permutation.size(), false);
  Type type{dtype(), {}};
  Ints strides;
  for (i64 axis : permutation) {
    std::size_t k = index(normal_axis(axis, rank()));
    require(!seen[k], "permutation {} names axis {} twice", permutation, k);
    seen[k] = true;
    type.shape.push_back(type_.shape[k]);
    strides.push_back(strides_[k]);
  }
  return Array(storage_, std::move(type), std::move(strides), offset_);
}

Array Array::sliced(i64 axis, i64 start, i64 stop, i64 step) const {
  std::size_t k = index(normal_axis(axis, rank()));
  i64 extent = type_.shape[k];
  require(step != 0, "a slice of {} has step 0", type_);
  bool forward = step > 0;
  bool inside = forward ? 0 <= start && start <= stop && stop <= extent : -1 <= stop && stop <= start && start < extent;
  require(inside, "slice {}:{}:{} is out of range for axis {} of {}", start, stop, step, axis, type_);
  Type type = type_;
  Ints strides = strides_;
  i64 span = forward ? stop - start : start - stop;
  i64 stride = forward ? step : -std::max(step, -extent - 1);
  type.shape[k] = span / stride + (span % stride != 0);
  strides[k] = type.shape[k] > 1 ? strides_[k] * step : strides_[k];
  i64 offset = type.shape[k] > 0 ? offset_ + start * strides_[k] : offset_;
  return Array(storage_, std::move(type), std::move(strides), offset);
}

Array Array::broadcast_to(Shape shape) const {
  require(broadcast_shapes(type_.shape, shape) == shape, "{} cannot be broadcast to {}", type_, shape);
  Ints strides(shape.size(), 0);
  std::size_t lead = shape.size() - type_.shape.size();
  for (std::size_t k = 0; k < type_.shape.size(); ++k) {
    strides[lead + k] = type_.shape[k] == shape[lead + k] ? strides_[k] : 0;
  }
  return Array(storage_, {dtype(), std::move(shape)}, std::move(strides), offset_);
}

Array Array::to_contiguous() const { return contiguous() ? *this : clone(); }

Array Array::clone() const {
  if (!is_dense()) return *this;
  Array result(type_);
  if (count_ > 0) {
    copy_elements(bits_of(dtype()), raw(), result.raw(), joined_axes(type_.shape, strides_, result.strides_));
  }
  return result;
}

Array Array::cast(DType dtype) const {
  if (dtype == type_.dtype) return *this;
  Array from = to_contiguous(), result(dtype, type_.shape);
  for (i64 i = 0; i < count_; ++i) store_number(dtype, result.raw(), i, load_number(type_.dtype, from.raw(), i));
  return result;
}

bool identical(const Array& a, const Array& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  if (a.type() != b.type()) return false;
  if (!a.is_dense()) return std::ranges::equal(a.parts(), b.parts(), identical);
  if (a.count() == 0) return true;
  return std::memcmp(a.to_contiguous().raw(), b.to_contiguous().raw(), index(a.bytes())) == 0;
}

template Array Array::from<double>(std::span<const double>, Shape);
template Array Array::from<float>(std::span<const float>, Shape);
template Array Array::from<std::int64_t>(std::span<const std::int64_t>, Shape);
template Array Array::from<std::int32_t>(std::span<const std::int32_t>, Shape);
template Array Array::from<std::int16_t>(std::span<const std::int16_t>, Shape);
template Array Array::from<std::int8_t>(std::span<const std::int8_t>, Shape);
template Array Array::from<std::uint64_t>(std::span<const std::uint64_t>, Shape);
template Array Array::from<std::uint32_t>(std::span<const std::uint32_t>, Shape);
template Array Array::from<std::uint16_t>(std::span<const std::uint16_t>, Shape);
template Array Array::from<std::uint8_t>(std::span<const std::uint8_t>, Shape);
template Array Array::from<bool>(std::span<const bool>, Shape);

template std::span<double> Array::values<double>();
template std::span<float> Array::values<float>();
template std::span<std::uint16_t> Array::values<std::uint16_t>();
template std::span<std::int64_t> Array::values<std::int64_t>();
template std::span<std::int32_t> Array::values<std::int32_t>();
template std::span<std::int16_t> Array::values<std::int16_t>();
template std::span<std::int8_t> Array::values<std::int8_t>();
template std::span<std::uint64_t> Array::values<std::uint64_t>();
template std::span<std::uint32_t> Array::values<std::uint32_t>();
template std::span<std::uint8_t> Array::values<std::uint8_t>();
template std::span<bool> Array::values<bool>();

template std::span<const double> Array::values<double>() const;
template std::span<const float> Array::values<float>() const;
template std::span<const std::uint16_t> Array::values<std::uint16_t>() const;
template std::span<const std::int64_t> Array::values<std::int64_t>() const;
template std::span<const std::int32_t> Array::values<std::int32_t>() const;
template std::span<const std::int16_t> Array::values<std::int16_t>() const;
template std::span<const std::int8_t> Array::values<std::int8_t>() const;
template std::span<const std::uint64_t> Array::values<std::uint64_t>() const;
template std::span<const std::uint32_t> Array::values<std::uint32_t>() const;
template std::span<const std::uint8_t> Array::values<std::uint8_t>() const;
template std::span<const bool> Array::values<bool>() const;

}  // namespace tenon
