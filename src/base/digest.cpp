#include "base/digest.h"

#include "base/hash.h"

namespace tenon {

namespace {

/// Four running hashes that do not wait for each other within a block; each sees what its neighbour saw a block later.
struct Lanes {
  std::uint64_t a = 0x243F6A8885A308D3u, b = 0x13198A2E03707344u, c = 0xA4093822299F31D0u, d = 0x082EFA98EC4E6C89u;

  void take(const char* block) {
    std::uint64_t words[4];
    std::memcpy(words, block, sizeof words);
    *this = {mix(a + std::rotl(b, 29), words[0]), mix(b + std::rotl(c, 29), words[1]),
             mix(c + std::rotl(d, 29), words[2]), mix(d + std::rotl(a, 29), words[3])};
  }
};
constexpr std::size_t kBlock = 32;

}  // namespace

Digest digest_of(std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  Lanes lanes;
  for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) lanes.take(bytes.data());
  char rest[kBlock] = {};
  if (!bytes.empty()) std::memcpy(rest, bytes.data(), bytes.size());
  lanes.take(rest);
  return {mix(mix(mix(mix(size, lanes.a), lanes.b), lanes.c), lanes.d),
          mix(mix(mix(mix(~size, lanes.c), lanes.d), lanes.a), lanes.b)};
}

}  // namespace tenon
