// Mixing of 64-bit hashes. Equal on every machine, so hashes may name files.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tenon {

/// Combines a running hash with one more word (a multiply-xorshift step).
inline std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  std::uint64_t x = (hash ^ word) * 0x9E3779B97F4A7C15u;
  x ^= x >> 32;
  return (x + std::rotl(hash, 23)) * 0xD6E8FEB86659FD93u;
}

inline std::uint64_t mix(std::uint64_t hash, std::string_view bytes) {
  hash = mix(hash, bytes.size());
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = mix(hash, word);
  }
  std::uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  return mix(hash, rest);
}

}  // namespace tenon
