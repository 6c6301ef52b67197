#include "base/rng.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <vector>

namespace tenon {
namespace {

using Block = std::array<std::uint32_t, 2>;

// Known answers of the Random123 distribution.
TEST(Threefry, KnownAnswers) {
  EXPECT_EQ(threefry2x32(0, 0, 0, 0), (Block{0x6b200159u, 0x99ba4efeu}));
  EXPECT_EQ(threefry2x32(~0u, ~0u, ~0u, ~0u), (Block{0x1cb996fcu, 0xbb002be7u}));
  EXPECT_EQ(threefry2x32(0x13198a2eu, 0x03707344u, 0x243f6a88u, 0x85a308d3u), (Block{0xc4923a9cu, 0x483df7a0u}));
}

TEST(Rng, ResumesAtAnyPosition) {
  Rng first(42, 7);
  for (int k = 0; k < 10; ++k) first.next();
  Rng resumed(42, 7, first.position());
  for (int k = 0; k < 10; ++k) EXPECT_EQ(first.next(), resumed.next());
}

TEST(Rng, SeedsAndStreamsDiffer) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t stream = 0; stream < 10; ++stream) seen.insert(Rng(seed, stream).next());
  }
  EXPECT_EQ(seen.size(), 100u);
}

// With n = 3 * 2^62 a plain remainder would give the lower third twice as often as the others.
TEST(Rng, BelowHasNoBias) {
  constexpr std::uint64_t kThird = std::uint64_t{1} << 62;
  Rng rng(1);
  int counts[3] = {};
  constexpr int kDraws = 30000;
  for (int k = 0; k < kDraws; ++k) {
    std::uint64_t x = rng.below(3 * kThird);
    ASSERT_LT(x, 3 * kThird);
    ++counts[x / kThird];
  }
  // Six standard deviations of a binomial count with p = 1/3.
  for (int count : counts) EXPECT_NEAR(count, kDraws / 3, 6 * 82);
}

TEST(Rng, BelowOneIsZero) {
  Rng rng(3);
  for (int k = 0; k < 10; ++k) EXPECT_EQ(rng.below(1), 0u);
}

TEST(Rng, UniformStaysInItsInterval) {
  Rng rng(5);
  double sum = 0;
  constexpr int kDraws = 10000;
  for (int k = 0; k < kDraws; ++k) {
    double x = rng.uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
  }
  // Six standard deviations of a mean of uniform numbers: 6 sqrt(1/12 / 10000).
  EXPECT_NEAR(sum / kDraws, 0.5, 0.0174);
}

TEST(Rng, ShuffleReachesEveryOrderEquallyOften) {
  Rng rng(9);
  int counts[6] = {};
  constexpr int kDraws = 6000;
  for (int k = 0; k < kDraws; ++k) {
    std::vector<int> v{0, 1, 2};
    rng.shuffle(std::span(v));
    ++counts[v[0] * 2 + (v[1] > v[2])];
  }
  // Six standard deviations of a binomial count with p = 1/6.
  for (int count : counts) EXPECT_NEAR(count, 1000, 6 * 29);
}

}  // namespace
}  // namespace tenon
