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
  F8E4M3FN,
  F8E4M3FNUZ,
  F8E5M2,
  F8E5M2FNUZ,
  I64,
  I32,
  I16,
  I8,
  I4,
  U64,
  U32,
  U16,
  U8,
  U4,
  Bool,
  Str,  ///< opaque text: can be moved and compared for equality only (see tensor/strings.h)
};

/// Those that have numbers as elements: all but Str.
inline constexpr DType kAllDTypes[] = {
    DType::F64,        DType::F32, DType::F16, DType::BF16, DType::F8E4M3FN, DType::F8E4M3FNUZ, DType::F8E5M2,
    DType::F8E5M2FNUZ, DType::I64, DType::I32, DType::I16,  DType::I8,       DType::I4,         DType::U64,
    DType::U32,        DType::U16, DType::U8,  DType::U4,   DType::Bool};

/// Width of one element in memory, in bits: whole bytes, so 8 for bool, i4 and u4. What is stored of an i4 or u4 is the
/// i8 or u8 of its value; only its low four bits are read.
int bits_of(DType t);
/// Width of the values, in bits: 4 for i4 and u4, for others as bits_of.
int value_bits_of(DType t);
/// Bytes taken by `count` elements stored contiguously in memory, where each takes whole bytes.
i64 bytes_of(DType t, i64 count);
/// Bytes taken by `count` elements in files that pack two of 4 bits into a byte; for others as bytes_of.
i64 packed_bytes_of(DType t, i64 count);
/// "f32", "bool", …
std::string_view name_of(DType t);
/// Inverse of name_of; throws Error that lists the known names.
DType dtype_from_name(std::string_view name);

constexpr bool is_float(DType t) { return t <= DType::F8E5M2FNUZ; }
constexpr bool is_float8(DType t) { return t >= DType::F8E4M3FN && t <= DType::F8E5M2FNUZ; }
constexpr bool is_integer(DType t) { return t >= DType::I64 && t <= DType::U4; }
constexpr bool is_signed(DType t) { return t <= DType::I4; }
/// Floats of 8 bits but f8e5m2 have NaN where others have infinity.
constexpr bool has_infinity(DType t) { return is_float(t) && (!is_float8(t) || t == DType::F8E5M2); }
constexpr bool is_number(DType t) { return is_float(t) || is_integer(t); }
/// Integers whose every value i64 holds, as positions and extents do.
constexpr bool is_position(DType t) { return is_integer(t) && t != DType::U64; }

/// The smallest type that holds both, by the usual rule of array libraries: bool < integers < floats; within a
/// kind the wider; f16 with bf16 gives f32, and two floats of 8 bits f16. An unsigned integer with a signed one gives
/// the signed type that holds both: u8 with i8 gives i16. None does of u64, which gives f64, as in NumPy.
DType promote(DType a, DType b);

/// The type in which a sum of elements of `t` is accumulated: f32 for floats of 16 and 8 bits, i32 for narrower
/// integers and bool, else `t` itself.
DType accumulate_type(DType t);

/// Lowest and highest finite value; the highest of i64 and u64 rounded up to 2^63 and 2^64.
double lowest_of(DType t);
double highest_of(DType t);

std::uint16_t f16_from_f32(float x);  ///< round to nearest even; overflow gives infinity; NaN stays NaN
float f32_from_f16(std::uint16_t h);
std::uint16_t bf16_from_f32(float x);  ///< round to nearest even; NaN stays NaN
float f32_from_bf16(std::uint16_t h);

/// The layout of a float of 8 bits: sign, exponent, mantissa. f8e4m3fn and f8e5m2 are those of Micikevicius et al.,
/// "FP8 formats for deep learning", 2022; the forms "fnuz" have no negative zero, whose code is their only NaN, and one
/// more of exponent bias (Noune et al., "8-bit numerical formats for deep neural networks", 2022).
struct Float8Format {
  int mantissa_bits, bias;
  std::uint8_t highest;   ///< code of the largest finite value
  std::uint8_t overflow;  ///< code of what is larger, sign aside: infinity or NaN
  bool unsigned_zero;     ///< fnuz
};
Float8Format float8_format(DType t);
/// Rounds to nearest even; what is then too large becomes infinity or, where the type has none, NaN, as infinity does.
/// NaN keeps its sign where the type has NaN of both.
std::uint8_t f8_from_f32(DType t, float x);
float f32_from_f8(DType t, std::uint8_t code);

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
