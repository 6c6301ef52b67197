// Counter-based random numbers: the same bits on every machine.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace tenon {

/// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC'11).
constexpr std::array<std::uint32_t, 2> threefry2x32(std::uint32_t key0, std::uint32_t key1, std::uint32_t ctr0,
                                                    std::uint32_t ctr1) {
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const std::uint32_t keys[3] = {key0, key1, key0 ^ key1 ^ 0x1BD11BDAu};
  std::uint32_t x = ctr0 + keys[0], y = ctr1 + keys[1];
  for (std::uint32_t round = 0; round < 20; ++round) {
    x += y;
    y = std::rotl(y, kRotations[round % 8]) ^ x;
    if (round % 4 == 3) {
      std::uint32_t injection = round / 4 + 1;
      x += keys[injection % 3];
      y += keys[(injection + 1) % 3] + injection;
    }
  }
  return {x, y};
}

/// A stream of random numbers. Streams of different (seed, stream) are independent; a stream can be resumed at any
/// position.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0, std::uint64_t position = 0)
      : key_(threefry2x32(low(seed), high(seed), low(stream), high(stream))), position_(position) {}

  /// How many 64-bit numbers have been drawn.
  std::uint64_t position() const { return position_; }

  std::uint64_t next() {
    auto [x, y] = threefry2x32(key_[0], key_[1], low(position_), high(position_));
    ++position_;
    return std::uint64_t{y} << 32 | x;
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// Uniform in 0..n-1 without bias; `n` > 0 (Lemire, "Fast Random Integer Generation in an Interval", 2019).
  std::uint64_t below(std::uint64_t n) {
    auto product = multiply(next(), n);
    if (product.second < n) {
      for (std::uint64_t threshold = (0 - n) % n; product.second < threshold;) product = multiply(next(), n);
    }
    return product.first;
  }

  /// Every order equally likely (Fisher and Yates).
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t left = values.size(); left > 1; --left) std::swap(values[left - 1], values[below(left)]);
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
  static constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }
  // High and low half of the 128-bit product.
  static std::pair<std::uint64_t, std::uint64_t> multiply(std::uint64_t a, std::uint64_t b) {
    std::uint64_t lows = std::uint64_t{low(a)} * low(b), cross = std::uint64_t{high(a)} * low(b) + (lows >> 32);
    std::uint64_t other = std::uint64_t{low(a)} * high(b) + low(cross);
    return {std::uint64_t{high(a)} * high(b) + (cross >> 32) + (other >> 32), a * b};
  }

  std::array<std::uint32_t, 2> key_;
  std::uint64_t position_;
};

}  // namespace tenon
