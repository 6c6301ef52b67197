#include "compile/driver/memory_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/rng.h"

namespace tenon {
namespace {

/// The most bytes that are alive at one step.
i64 peak_of(const StepOrder& p, const std::vector<std::size_t>& order) {
  std::vector<std::size_t> readers(p.bytes.size(), 0);
  for (const auto& s : p.steps)
    for (std::size_t t : s.reads) ++readers[t];
  i64 alive = 0, most = 0;
  for (std::size_t k : order) {
    for (std::size_t t : p.steps[k].makes) alive += p.bytes[t];
    most = std::max(most, alive + p.steps[k].workspace);
    for (std::size_t t : p.steps[k].makes)
      if (readers[t] == 0) alive -= p.bytes[t];
    for (std::size_t t : p.steps[k].reads)
      if (--readers[t] == 0) alive -= p.bytes[t];
  }
  return most;
}

void expect_possible(const StepOrder& p, const std::vector<std::size_t>& order) {
  std::vector<std::size_t> place(p.steps.size(), p.steps.size());
  ASSERT_EQ(order.size(), p.steps.size());
  for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = k;
  for (std::size_t s = 0; s < p.steps.size(); ++s) {
    ASSERT_LT(place[s], p.steps.size()) << "step " << s << " is missing";
    for (std::size_t before : p.steps[s].after) EXPECT_LT(place[before], place[s]);
  }
}

/// a1 + (a2 + (a3 + …)), in which each a is written first.
StepOrder right_deep(std::size_t terms) {
  StepOrder p;
  for (std::size_t k = 0; k < terms; ++k) {
    p.steps.push_back({{}, {k}, {}});
    p.bytes.push_back(6400);
  }
  for (std::size_t k = terms - 1; k-- > 0;) {
    const std::size_t last = p.steps.size() - 1, made = p.bytes.size();
    p.steps.push_back({{k, last}, {made}, {k, p.steps[last].makes[0]}});
    p.bytes.push_back(6400);
  }
  return p;
}

TEST(MemoryOrder, TermsAreMadeWhenTheyAreAdded) {
  const StepOrder p = right_deep(8);
  std::vector<std::size_t> given(p.steps.size());
  std::iota(given.begin(), given.end(), 0);
  EXPECT_EQ(peak_of(p, given), 9 * 6400);
  const auto order = memory_order(p);
  expect_possible(p, order);
  EXPECT_EQ(peak_of(p, order), 3 * 6400) << "two operands and a sum";
}

TEST(MemoryOrder, AGoodOrderIsKept) {
  StepOrder p;  // a chain
  for (std::size_t k = 0; k < 5; ++k) {
    p.steps.push_back({k == 0 ? std::vector<std::size_t>{} : std::vector{k - 1},
                       {k},
                       k == 0 ? std::vector<std::size_t>{} : std::vector{k - 1}});
    p.bytes.push_back(64);
  }
  EXPECT_EQ(memory_order(p), (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(memory_order({}).empty());
}

StepOrder random_steps(Rng& rng) {
  StepOrder p;
  const std::size_t steps = 2 + rng.below(6);
  for (std::size_t s = 0; s < steps; ++s) {
    StepOrder::Step step;
    for (std::size_t before = 0; before < s; ++before) {
      if (rng.below(3) != 0) continue;
      step.after.push_back(before);
      for (std::size_t t : p.steps[before].makes) step.reads.push_back(t);
    }
    for (std::size_t k = rng.below(3); k-- > 0;) {
      step.makes.push_back(p.bytes.size());
      p.bytes.push_back(64 * static_cast<i64>(1 + rng.below(8)));
    }
    step.workspace = 64 * static_cast<i64>(rng.below(2));
    p.steps.push_back(step);
  }
  return p;
}

/// Against all orders: never worse than the given one, and mostly the best.
TEST(MemoryOrder, RandomSteps) {
  Rng rng(1);
  int best_found = 0, all = 0;
  for (int k = 0; k < 300; ++k) {
    const StepOrder p = random_steps(rng);
    std::vector<std::size_t> order(p.steps.size());
    std::iota(order.begin(), order.end(), 0);
    const i64 given = peak_of(p, order);
    i64 best = given;
    do {
      std::vector<std::size_t> place(order.size());
      for (std::size_t at = 0; at < order.size(); ++at) place[order[at]] = at;
      bool possible = true;
      for (std::size_t s = 0; s < p.steps.size(); ++s)
        for (std::size_t before : p.steps[s].after) possible &= place[before] < place[s];
      if (possible) best = std::min(best, peak_of(p, order));
    } while (std::ranges::next_permutation(order).found);
    const auto chosen = memory_order(p);
    expect_possible(p, chosen);
    const i64 mine = peak_of(p, chosen);
    best_found += mine == best, ++all;
  }
  EXPECT_GT(best_found, all * 3 / 4);
}

}  // namespace
}  // namespace tenon
