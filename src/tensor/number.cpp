#include "tensor/number.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace tenon {
namespace {

// Rounding to odd keeps enough of the value that a second rounding to a narrower type is still correct
// (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
float round_to_odd(double x) {
  float nearest = static_cast<float>(x);
  if (std::isnan(x) || static_cast<double>(nearest) == x) return nearest;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(nearest);
  if (std::abs(static_cast<double>(nearest)) > std::abs(x)) --bits;
  return std::bit_cast<float>(bits | 1u);
}

// A double for whose bits beyond 53 a last one stands.
double joined(Number n) {
  constexpr std::uint64_t kDropped = 0x7FF;
  const bool negative = n.i < 0 && !n.huge;
  std::uint64_t magnitude = negative ? 0 - n.bits() : n.bits();
  if (magnitude >> 53 && magnitude & kDropped) magnitude = (magnitude & ~kDropped) | (kDropped + 1);
  double result = static_cast<double>(magnitude);
  return negative ? -result : result;
}

template <class T>
T truncated(double x) {
  constexpr T kLowest = std::numeric_limits<T>::min(), kHighest = std::numeric_limits<T>::max();
  if (std::isnan(x)) return 0;
  if (x <= static_cast<double>(kLowest)) return kLowest;
  if (x >= static_cast<double>(kHighest)) return kHighest;
  return static_cast<T>(x);
}

template <class T>
T to_integer(Number n) {
  return n.integral ? static_cast<T>(n.bits()) : truncated<T>(n.f);
}

/// i4 and u4 of an integer, which wraps, or of a float, which saturates.
i64 to_nibble(Number n, DType t) {
  if (!n.integral) n = Number::of_int(truncated<std::int8_t>(std::min(std::max(n.f, lowest_of(t)), highest_of(t))));
  return t == DType::I4 ? (((n.i & 15) ^ 8) - 8) : n.i & 15;
}

template <class T>
T load(const void* data, i64 index) {
  T value;
  std::memcpy(&value, static_cast<const std::byte*>(data) + index * static_cast<i64>(sizeof(T)), sizeof(T));
  return value;
}

template <class T>
void store(void* data, i64 index, T value) {
  std::memcpy(static_cast<std::byte*>(data) + index * static_cast<i64>(sizeof(T)), &value, sizeof(T));
}

}  // namespace

i64 Number::as_int() const { return huge ? std::numeric_limits<i64>::max() : to_integer<i64>(*this); }

std::string integer_text(Number n) { return n.huge ? std::to_string(n.bits()) : std::to_string(n.i); }

Number Number::rounded_to(DType t) const {
  switch (t) {
    case DType::F64: return Number(as_double());
    case DType::F32: return Number(static_cast<float>(integral ? joined(*this) : f));
    case DType::F16: return Number(f32_from_f16(f16_from_f32(round_to_odd(integral ? joined(*this) : f))));
    case DType::BF16: return Number(f32_from_bf16(bf16_from_f32(round_to_odd(integral ? joined(*this) : f))));
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return Number(f32_from_f8(t, f8_from_f32(t, round_to_odd(integral ? joined(*this) : f))));
    case DType::Str:
    case DType::I64: return of_int(to_integer<std::int64_t>(*this));
    case DType::I32: return of_int(to_integer<std::int32_t>(*this));
    case DType::I16: return of_int(to_integer<std::int16_t>(*this));
    case DType::I8: return of_int(to_integer<std::int8_t>(*this));
    case DType::I4: return of_int(to_nibble(*this, t));
    case DType::U64: return of_uint(to_integer<std::uint64_t>(*this));
    case DType::U32: return of_int(to_integer<std::uint32_t>(*this));
    case DType::U16: return of_int(to_integer<std::uint16_t>(*this));
    case DType::U8: return of_int(to_integer<std::uint8_t>(*this));
    case DType::U4: return of_int(to_nibble(*this, t));
    case DType::Bool: return of_int(truth());
  }
  return {};
}

Number load_number(DType t, const void* data, i64 index) {
  switch (t) {
    case DType::F64: return load<double>(data, index);
    case DType::F32: return load<float>(data, index);
    case DType::F16: return f32_from_f16(load<std::uint16_t>(data, index));
    case DType::BF16: return f32_from_bf16(load<std::uint16_t>(data, index));
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return f32_from_f8(t, load<std::uint8_t>(data, index));
    case DType::Str:
    case DType::I64: return Number::of_int(load<std::int64_t>(data, index));
    case DType::I32: return Number::of_int(load<std::int32_t>(data, index));
    case DType::I16: return Number::of_int(load<std::int16_t>(data, index));
    case DType::I8: return Number::of_int(load<std::int8_t>(data, index));
    case DType::I4:
    case DType::U4: return Number::of_int(load<std::int8_t>(data, index)).rounded_to(t);
    case DType::U64: return Number::of_uint(load<std::uint64_t>(data, index));
    case DType::U32: return Number::of_int(load<std::uint32_t>(data, index));
    case DType::U16: return Number::of_int(load<std::uint16_t>(data, index));
    case DType::U8: return Number::of_int(load<std::uint8_t>(data, index));
    case DType::Bool: return Number::of_int(load<std::uint8_t>(data, index) != 0);
  }
  return {};
}

void store_number(DType t, void* data, i64 index, Number value) {
  value = value.rounded_to(t);
  switch (t) {
    case DType::F64: return store(data, index, value.f);
    case DType::F32: return store(data, index, static_cast<float>(value.f));
    case DType::F16: return store(data, index, f16_from_f32(static_cast<float>(value.f)));
    case DType::BF16: return store(data, index, bf16_from_f32(static_cast<float>(value.f)));
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return store(data, index, f8_from_f32(t, static_cast<float>(value.f)));
    case DType::Str:
    case DType::I64: return store(data, index, value.i);
    case DType::I32: return store(data, index, static_cast<std::int32_t>(value.i));
    case DType::I16: return store(data, index, static_cast<std::int16_t>(value.i));
    case DType::I8:
    case DType::I4: return store(data, index, static_cast<std::int8_t>(value.i));
    case DType::U64: return store(data, index, value.bits());
    case DType::U32: return store(data, index, static_cast<std::uint32_t>(value.i));
    case DType::U16: return store(data, index, static_cast<std::uint16_t>(value.i));
    case DType::U8:
    case DType::U4:
    case DType::Bool: return store(data, index, static_cast<std::uint8_t>(value.i));
  }
}

}  // namespace tenon
