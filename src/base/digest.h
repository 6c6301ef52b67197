// 128 bits that stand for many bytes. Equal on every machine of the same byte order, so digests may name files.
#pragma once
#include <cstdint>
#include <string_view>

namespace tenon {

struct Digest {
  std::uint64_t first = 0, second = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
};

/// Tells contents apart that chance makes, not those that are made to collide. Four times as fast as `mix`.
Digest digest_of(std::string_view bytes);

}  // namespace tenon
