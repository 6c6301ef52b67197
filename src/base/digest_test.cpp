#include "base/digest.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tenon {
namespace {

TEST(Digest, EveryBitAndTheLengthCount) {
  for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 200u}) {
    std::string bytes(size, '\0');
    std::set<std::uint64_t> first{digest_of(bytes).first}, second{digest_of(bytes).second};
    for (std::size_t k = 0; k < 8 * size; ++k) {
      bytes[k / 8] ^= static_cast<char>(1 << k % 8);
      first.insert(digest_of(bytes).first);
      second.insert(digest_of(bytes).second);
      bytes[k / 8] = 0;
    }
    bytes.push_back('\0');
    first.insert(digest_of(bytes).first);
    second.insert(digest_of(bytes).second);
    EXPECT_EQ(first.size(), 8 * size + 2);
    EXPECT_EQ(second.size(), 8 * size + 2);
    for (const std::uint64_t d : first) EXPECT_FALSE(second.contains(d));
  }
}

TEST(Digest, PartsThatChangePlacesAreSeen) {
  std::set<std::uint64_t> seen;
  for (std::size_t at = 0; at < 256; at += 8) {
    std::string bytes(256, '\0');
    bytes[at] = 1;
    seen.insert(digest_of(bytes).first);
  }
  EXPECT_EQ(seen.size(), 32u);
}

}  // namespace
}  // namespace tenon
