#include "tensor/shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

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
    if (__builtin_mul_overflow(strides[k], shape[k].value(), &strides[k - 1]))
      strides[k - 1] = 0;  // of an empty tensor
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
  if (t.is_dense()) return r;
  Composite c = *t.composite;
  c.element = with_values(c.element, values);
  c.rows = with_values(c.rows, values);
  r.composite = std::make_shared<const Composite>(std::move(c));
  return r;
}

bool match(const Type& pattern, const Type& given, DimValues& values) {
  if (pattern.dtype != given.dtype || pattern.shape.size() != given.shape.size()) return false;
  if (pattern.is_dense() != given.is_dense()) return false;
  auto learn = [&](Dim extent, Dim value) {
    Dim p = with_values(extent, values);
    auto names = unknowns(p);
    if (names.size() != 1) return;
    bool bare = to_string(p).starts_with("?" + names[0]) && with_values(p, {{names[0], value}}) == value;
    if (bare) values.emplace_back(names[0], value);
  };
  for (std::size_t d = 0; d < given.shape.size(); ++d) learn(pattern.shape[d], given.shape[d]);
  if (is_form(pattern, Composite::Form::RowSparse) && is_form(given, Composite::Form::RowSparse))
    learn(pattern.composite->rows, given.composite->rows);
  else if (!pattern.is_dense() && !match(pattern.composite->element, given.composite->element, values))
    return false;
  return with_values(pattern, values) == given;
}

namespace {

Type composite_type(DType dtype, Shape shape, Composite c) {
  return {dtype, std::move(shape), std::make_shared<const Composite>(std::move(c))};
}

}  // namespace

Type sequence_of(Type element) {
  return composite_type(element.dtype, {}, {Composite::Form::Sequence, std::move(element)});
}
Type optional_of(Type element) {
  return composite_type(element.dtype, {}, {Composite::Form::Optional, std::move(element)});
}
Type row_sparse(DType dtype, Shape shape, Dim rows) {
  require(!shape.empty(), "a row-sparse tensor has at least one dimension");
  return composite_type(dtype, std::move(shape), {Composite::Form::RowSparse, {}, rows});
}
Type token_type() {
  static const Type token = composite_type(DType::Bool, {}, {Composite::Form::Token});
  return token;
}

std::uint64_t hash_of(const Type& t) {
  std::uint64_t h = mix(t.shape.size(), static_cast<std::uint64_t>(t.dtype));
  for (Dim extent : t.shape) h = mix(h, extent.hash());
  if (t.is_dense()) return h;
  h = mix(h, static_cast<std::uint64_t>(t.composite->form) + 1);
  return mix(mix(h, t.composite->rows.hash()), hash_of(t.composite->element));
}

std::string to_string(const Type& t) {
  const std::string tensor = fmt::format("{}{}", name_of(t.dtype), t.shape);
  if (t.is_dense()) return tensor;
  switch (t.composite->form) {
    case Composite::Form::Sequence: return fmt::format("sequence({})", t.composite->element);
    case Composite::Form::Optional: return fmt::format("optional({})", t.composite->element);
    case Composite::Form::RowSparse: return fmt::format("rows({}, {})", tensor, t.composite->rows);
    case Composite::Form::Token: break;
  }
  return "token";
}

}  // namespace tenon
