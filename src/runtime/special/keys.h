// The order of elements as that of unsigned words, and elements with their places.
#pragma once
#include <bit>
#include <compare>

#include "runtime/special/elements.h"

namespace tenon::runtime {

template <class T>
using Word = std::conditional_t<
    sizeof(T) == 8, std::uint64_t,
    std::conditional_t<sizeof(T) == 4, std::uint32_t, std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;

/// Codes of larger magnitude are NaN.
template <class T>
constexpr std::uint64_t largest_code() {
  if constexpr (kFloat8<T>)
    return T::kType == DType::F8E4M3FN ? 0x7E : T::kType == DType::F8E5M2 ? 0x7C : 0x7F;
  else
    return std::is_same_v<T, double>  ? 0x7FF0000000000000
           : std::is_same_v<T, float> ? 0x7F800000
           : std::is_same_v<T, Half>  ? 0x7C00
                                      : 0x7F80;
}
/// The code of negative zero is the only NaN.
template <class T>
inline constexpr bool kUnsignedZero = false;
template <>
inline constexpr bool kUnsignedZero<Float8<DType::F8E4M3FNUZ>> = true;
template <>
inline constexpr bool kUnsignedZero<Float8<DType::F8E5M2FNUZ>> = true;

/// Words are ordered as the elements, NaN last, and equal where those are: 0 and -0, and all NaN.
template <class T>
Word<T> key_of(T x) {
  using W = Word<T>;
  constexpr W kTop = static_cast<W>(W{1} << (8 * sizeof(W) - 1));
  const W bits = std::bit_cast<W>(x);
  if constexpr (std::is_unsigned_v<T> || std::is_same_v<T, Nibble<std::uint8_t>>) {
    return bits;
  } else if constexpr (kInteger<T>) {
    return bits ^ kTop;
  } else {
    // Without branches: random signs would mispredict them.
    const W magnitude = bits & static_cast<W>(~kTop);
    const W negative =
        static_cast<W>(W{0} - static_cast<W>(((bits & kTop) != 0) & (magnitude != 0)));  // all ones if so
    const W ordered = magnitude ^ negative ^ kTop;
    const bool is_nan = kUnsignedZero<T> ? bits == kTop : magnitude > static_cast<W>(largest_code<T>());
    return static_cast<W>(ordered | static_cast<W>(W{0} - static_cast<W>(is_nan)));
  }
}

/// An element on its way: its key, and its place on the axis, which decides between equals.
template <class W>
struct Item {
  W key;
  std::uint32_t place;
  friend auto operator<=>(const Item&, const Item&) = default;
};
/// Narrow keys share a word with the place.
struct PackedItem {
  std::uint64_t bits;
  friend auto operator<=>(const PackedItem&, const PackedItem&) = default;
};

template <class T>
using ItemOf = std::conditional_t<sizeof(T) == 8, Item<std::uint64_t>, PackedItem>;

/// `flip` reverses the order of the elements, but not that of the places of equal ones.
template <class T>
Word<T> key_of(T x, bool flip) {
  return static_cast<Word<T>>(key_of(x) ^ static_cast<Word<T>>(-static_cast<i64>(flip)));
}
template <class T>
ItemOf<T> item_of(T x, i64 place, bool flip) {
  const Word<T> key = key_of(x, flip);
  if constexpr (sizeof(T) == 8)
    return {key, static_cast<std::uint32_t>(place)};
  else
    return {static_cast<std::uint64_t>(key) << 32 | static_cast<std::uint32_t>(place)};
}

inline std::uint64_t key(const PackedItem& i) { return i.bits >> 32; }
inline std::uint64_t key(const Item<std::uint64_t>& i) { return i.key; }
inline i64 place(const PackedItem& i) { return static_cast<i64>(i.bits & 0xFFFFFFFF); }
inline i64 place(const Item<std::uint64_t>& i) { return i.place; }

/// The longest axis that places can number.
inline constexpr i64 kMostItems = (i64{1} << 32) - 1;

}  // namespace tenon::runtime
