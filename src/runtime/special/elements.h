// Element types as C++ types.
#pragma once
#include <type_traits>

#include "tensor/shape.h"

namespace tenon::runtime {

struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};

/// The type in which elements of T are computed with: f32 for f16 and bf16, 64-bit words that wrap around for integers.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, Brain>, float,
                                std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>>;

template <class T>
Wide<T> widened(T x) {
  if constexpr (std::is_same_v<T, Half>)
    return f32_from_f16(x.bits);
  else if constexpr (std::is_same_v<T, Brain>)
    return f32_from_bf16(x.bits);
  else
    return static_cast<Wide<T>>(x);
}
template <class T>
T narrowed(Wide<T> x) {
  if constexpr (std::is_same_v<T, Half>)
    return {f16_from_f32(x)};
  else if constexpr (std::is_same_v<T, Brain>)
    return {bf16_from_f32(x)};
  else
    return static_cast<T>(x);
}

/// x < y, of which NaN is the largest.
template <class T>
bool less(T x, T y) {
  if constexpr (std::is_integral_v<T>)
    return x < y;
  else
    return widened(x) < widened(y) || (widened(x) == widened(x) && widened(y) != widened(y));
}

/// f(std::type_identity<T>{}) for the C++ type of the elements; bools are u8.
template <class F>
decltype(auto) with_element(DType t, F&& f) {
  switch (t) {
    case DType::F64: return f(std::type_identity<double>{});
    case DType::F32: return f(std::type_identity<float>{});
    case DType::F16: return f(std::type_identity<Half>{});
    case DType::BF16: return f(std::type_identity<Brain>{});
    case DType::I64:
    case DType::Str: return f(std::type_identity<std::int64_t>{});
    case DType::I32: return f(std::type_identity<std::int32_t>{});
    case DType::I16: return f(std::type_identity<std::int16_t>{});
    case DType::I8: return f(std::type_identity<std::int8_t>{});
    case DType::U64: return f(std::type_identity<std::uint64_t>{});
    case DType::U32: return f(std::type_identity<std::uint32_t>{});
    case DType::U16: return f(std::type_identity<std::uint16_t>{});
    case DType::U8:
    case DType::Bool: break;
  }
  return f(std::type_identity<std::uint8_t>{});
}

}  // namespace tenon::runtime
