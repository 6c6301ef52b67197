#include "runtime/plan.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace tenon::runtime {
namespace {

TEST(Plan, ReusesDeadBuffers) {
  // A chain: each temporary is read by the next step only, so two buffers serve any length.
  std::vector<Lifetime> chain;
  for (int k = 0; k < 10; ++k) chain.push_back({1024, k, k + 1});
  EXPECT_EQ(plan_arena(chain).bytes, 2048);
}

TEST(Plan, FillsGapsAndAligns) {
  Plan p = plan_arena({{100, 0, 3}, {60, 0, 1}, {60, 2, 3}});
  EXPECT_EQ(p.bytes, 128 + 64);
  for (i64 offset : p.offsets) EXPECT_EQ(offset % 64, 0);
}

TEST(Plan, NothingAliveTogetherOverlaps) {
  Rng rng(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Lifetime> all;
    for (int k = 0; k < 60; ++k) {
      int first = static_cast<int>(rng.below(40));
      all.push_back({static_cast<i64>(rng.below(5000)), first, first + static_cast<int>(rng.below(10))});
    }
    Plan p = plan_arena(all);
    i64 busiest = 0;
    for (int step = 0; step < 50; ++step) {
      i64 sum = 0;
      for (const Lifetime& l : all)
        if (l.first <= step && step <= l.last) sum += (l.bytes + 63) / 64 * 64;
      busiest = std::max(busiest, sum);
    }
    EXPECT_GE(p.bytes, busiest);
    for (std::size_t a = 0; a < all.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        bool together = all[a].first <= all[b].last && all[b].first <= all[a].last;
        bool apart = p.offsets[a] + all[a].bytes <= p.offsets[b] || p.offsets[b] + all[b].bytes <= p.offsets[a];
        EXPECT_TRUE(!together || apart);
      }
  }
}

}  // namespace
}  // namespace tenon::runtime
