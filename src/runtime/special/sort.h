#pragma once
#include <algorithm>
#include <array>
#include <span>

#include "runtime/special/keys.h"

namespace tenon::runtime {

/// Below this many, comparing is faster than counting digits.
inline constexpr i64 kFewItems = 64;

/// Items to sort need as many to work in, if they are not few.
inline i64 items_to_work_in(i64 count) { return count < kFewItems ? 0 : count; }

/// By digits of so many bits, the lowest first, so that equal keys keep their order.
template <int digit, class I>
I* sort_by_digits(I* items, i64 count, I* work, int bits) {
  constexpr std::size_t kMostDigits = (64 + digit - 1) / digit, kValues = std::size_t{1} << digit;
  constexpr std::uint64_t mask = kValues - 1;
  const int passes = (bits + digit - 1) / digit;
  std::array<std::array<std::uint32_t, kValues>, kMostDigits> counts;
  for (int p = 0; p < passes; ++p) counts[static_cast<std::size_t>(p)].fill(0);
  for (i64 k = 0; k < count; ++k)
    for (int p = 0; p < passes; ++p) ++counts[static_cast<std::size_t>(p)][key(items[k]) >> (p * digit) & mask];
  for (int p = 0; p < passes; ++p) {
    auto& start = counts[static_cast<std::size_t>(p)];
    if (start[key(items[0]) >> (p * digit) & mask] == count) continue;  // all are equal here
    std::uint32_t sum = 0;
    for (std::uint64_t v = 0; v <= mask; ++v) sum += std::exchange(start[v], sum);
    for (i64 k = 0; k < count; ++k) work[start[key(items[k]) >> (p * digit) & mask]++] = items[k];
    std::swap(items, work);
  }
  return items;
}

/// Few items by comparison. Keys have `bits` bits. Returns where the result is: `items` or `work`.
template <class I>
I* sort_items(I* items, i64 count, I* work, int bits) {
  constexpr i64 kMany = 8192;  // for which tables of 2048 counts pay
  if (count < kFewItems) {
    std::sort(items, items + count);
    return items;
  }
  return bits > 16 && count >= kMany ? sort_by_digits<11>(items, count, work, bits)
                                     : sort_by_digits<8>(items, count, work, bits);
}

}  // namespace tenon::runtime
