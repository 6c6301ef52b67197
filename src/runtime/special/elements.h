// Element types as C++ types.
#pragma once
#include <array>
#include <type_traits>

#include "tensor/shape.h"

namespace tenon::runtime {

struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};

/// A float of 8 bits.
template <DType t>
struct Float8 {
  static constexpr DType kType = t;
  std::uint8_t bits;
};
/// i4 or u4: the i8 or u8 of its value.
template <class Byte>
struct Nibble {
  Byte byte;
  operator Byte() const { return byte; }
};

template <class T>
inline constexpr bool kFloat8 = false;
template <DType t>
inline constexpr bool kFloat8<Float8<t>> = true;
template <class T>
inline constexpr bool kNarrowFloat = std::is_same_v<T, Half> || std::is_same_v<T, Brain> || kFloat8<T>;
template <class T>
inline constexpr bool kNibble = std::is_same_v<T, Nibble<std::int8_t>> || std::is_same_v<T, Nibble<std::uint8_t>>;
template <class T>
inline constexpr bool kInteger = std::is_integral_v<T> || kNibble<T>;

/// The type in which elements of T are computed with: f32 for narrower floats, 64-bit words that wrap around for
/// integers.
template <class T>
using Wide = std::conditional_t<kNarrowFloat<T>, float, std::conditional_t<kInteger<T>, std::uint64_t, T>>;

template <DType t>
float widened(Float8<t> x) {
  static const auto kValues = [] {
    std::array<float, 256> values{};
    for (std::size_t code = 0; code < values.size(); ++code)
      values[code] = f32_from_f8(t, static_cast<std::uint8_t>(code));
    return values;
  }();
  return kValues[x.bits];
}

template <class T>
Wide<T> widened(T x) {
  if constexpr (std::is_same_v<T, Half>)
    return f32_from_f16(x.bits);
  else if constexpr (std::is_same_v<T, Brain>)
    return f32_from_bf16(x.bits);
  else if constexpr (kNibble<T>)
    return static_cast<Wide<T>>(x.byte);
  else
    return static_cast<Wide<T>>(x);
}
template <class T>
T narrowed(Wide<T> x) {
  if constexpr (std::is_same_v<T, Half>)
    return {f16_from_f32(x)};
  else if constexpr (std::is_same_v<T, Brain>)
    return {bf16_from_f32(x)};
  else if constexpr (kFloat8<T>)
    return {f8_from_f32(T::kType, x)};
  else if constexpr (std::is_same_v<T, Nibble<std::int8_t>>)
    return {static_cast<std::int8_t>(static_cast<int>((x & 15) ^ 8) - 8)};
  else if constexpr (kNibble<T>)
    return {static_cast<std::uint8_t>(x & 15)};
  else
    return static_cast<T>(x);
}

/// x < y, of which NaN is the largest.
template <class T>
bool less(T x, T y) {
  if constexpr (kInteger<T>)
    return x < y;
  else
    return widened(x) < widened(y) || (widened(x) == widened(x) && widened(y) != widened(y));
}

/// f(std::type_identity<T>{}) for the type of the elements; bools are u8.
template <class F>
decltype(auto) with_element(DType t, F&& f) {
  switch (t) {
    case DType::F64: return f(std::type_identity<double>{});
    case DType::F32: return f(std::type_identity<float>{});
    case DType::F16: return f(std::type_identity<Half>{});
    case DType::BF16: return f(std::type_identity<Brain>{});
    case DType::F8E4M3FN: return f(std::type_identity<Float8<DType::F8E4M3FN>>{});
    case DType::F8E4M3FNUZ: return f(std::type_identity<Float8<DType::F8E4M3FNUZ>>{});
    case DType::F8E5M2: return f(std::type_identity<Float8<DType::F8E5M2>>{});
    case DType::F8E5M2FNUZ: return f(std::type_identity<Float8<DType::F8E5M2FNUZ>>{});
    case DType::I64:
    case DType::Str: return f(std::type_identity<std::int64_t>{});
    case DType::I32: return f(std::type_identity<std::int32_t>{});
    case DType::I16: return f(std::type_identity<std::int16_t>{});
    case DType::I8: return f(std::type_identity<std::int8_t>{});
    case DType::I4: return f(std::type_identity<Nibble<std::int8_t>>{});
    case DType::U64: return f(std::type_identity<std::uint64_t>{});
    case DType::U32: return f(std::type_identity<std::uint32_t>{});
    case DType::U16: return f(std::type_identity<std::uint16_t>{});
    case DType::U4: return f(std::type_identity<Nibble<std::uint8_t>>{});
    case DType::U8:
    case DType::Bool: break;
  }
  return f(std::type_identity<std::uint8_t>{});
}

}  // namespace tenon::runtime
