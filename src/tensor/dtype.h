// Element types.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/dim.h"

namespace tenon {

enum class DType : std::uint8_t {
  F64,
  F32,
  F16,
  BF16,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  Bool,
  Str,  ///< opaque text: can be moved and compared for equality only (see tensor/strings.h)
};

/// Those that have numbers as elements: all but Str.
inline constexpr DType kAllDTypes[] = {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64,
                                       DType::I32, DType::I16, DType::I8,  DType::U64,  DType::U32,
                                       DType::U16, DType::U8,  DType::Bool};

/// Width of one element in bits (bool is stored in 8).
int bits_of(DType t);
/// Bytes taken by `count` elements stored contiguously (narrow types are packed).
i64 bytes_of(DType t, i64 count);
/// "f32", "bool", …
std::string_view name_of(DType t);
/// Inverse of name_of; throws Error that lists the known names.
DType dtype_from_name(std::string_view name);

constexpr bool is_float(DType t) { return t <= DType::BF16; }
constexpr bool is_integer(DType t) { return t >= DType::I64 && t <= DType::U8; }
constexpr bool is_signed(DType t) { return t <= DType::I8; }
constexpr bool is_number(DType t) { return is_float(t) || is_integer(t); }
/// Integers whose every value i64 holds, as positions and extents do.
constexpr bool is_position(DType t) { return is_integer(t) && t != DType::U64; }

/// The smallest type that holds both, by the usual rule of array libraries: bool < integers < floats; within a
/// kind the wider; f16 with bf16 gives f32. An unsigned integer with a signed one gives the signed type that holds
/// both: u8 with i8 gives i16. None does of u64, which gives f64, as in NumPy.
DType promote(DType a, DType b);

/// The type in which a sum of elements of `t` is accumulated: f32 for f16 and bf16, i32 for narrower integers
/// and bool, else `t` itself.
DType accumulate_type(DType t);

/// Lowest and highest finite value; the highest of i64 and u64 rounded up to 2^63 and 2^64.
double lowest_of(DType t);
double highest_of(DType t);

std::uint16_t f16_from_f32(float x);  ///< round to nearest even; overflow gives infinity; NaN stays NaN
float f32_from_f16(std::uint16_t h);
std::uint16_t bf16_from_f32(float x);  ///< round to nearest even; NaN stays NaN
float f32_from_bf16(std::uint16_t h);

/// C++ type to DType for the types that C++ has.
template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<double>() {
  return DType::F64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::F32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::I64;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::I32;
}
template <>
constexpr DType dtype_of<std::int16_t>() {
  return DType::I16;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::I8;
}
template <>
constexpr DType dtype_of<std::uint64_t>() {
  return DType::U64;
}
template <>
constexpr DType dtype_of<std::uint32_t>() {
  return DType::U32;
}
template <>
constexpr DType dtype_of<std::uint16_t>() {
  return DType::U16;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::U8;
}
template <>
constexpr DType dtype_of<bool>() {
  return DType::Bool;
}

inline auto format_as(DType t) { return name_of(t); }

}  // namespace tenon
