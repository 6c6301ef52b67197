// Binary data that may lie about itself: reading with bounds, and building.
#pragma once
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tenon {

inline std::span<const std::byte> bytes_of_text(std::string_view text) { return std::as_bytes(std::span(text)); }

/// Walks through bytes; every step throws Error "'name' is truncated …" instead of leaving them.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  void seek(std::uint64_t position) {
    require(position <= bytes_.size(), "'{}' is truncated: byte {} is referred to, but it has {}", name_, position,
            bytes_.size());
    position_ = static_cast<std::size_t>(position);
  }
  std::span<const std::byte> take(std::uint64_t count) {
    require(count <= remaining(), "'{}' is truncated: {} bytes are expected at byte {}, but {} are left", name_, count,
            position_, remaining());
    auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
  }
  std::string_view take_text(std::uint64_t count) {
    auto taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  template <std::unsigned_integral T>
  T little() {
    return assembled<T>(true);
  }
  template <std::unsigned_integral T>
  T big() {
    return assembled<T>(false);
  }

 private:
  template <class T>
  T assembled(bool little_first) {
    auto from = take(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < sizeof(T); ++k) {
      value = value << 8 | std::to_integer<std::uint64_t>(from[little_first ? sizeof(T) - 1 - k : k]);
    }
    return static_cast<T>(value);
  }

  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t position_ = 0;
};

template <std::unsigned_integral T>
void append_little(std::string& out, T value) {
  for (std::size_t k = 0; k < sizeof(T); ++k)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * k) & 0xFF);
}

}  // namespace tenon
