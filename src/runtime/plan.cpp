#include "runtime/plan.h"

#include <algorithm>
#include <numeric>

namespace tenon::runtime {

namespace {
i64 aligned(i64 bytes) { return (bytes + 63) / 64 * 64; }
}  // namespace

Plan plan_arena(const std::vector<Lifetime>& lifetimes) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });
  Plan plan;
  plan.offsets.assign(lifetimes.size(), 0);
  std::vector<std::size_t> placed;  // by offset
  for (std::size_t k : order) {
    const Lifetime& mine = lifetimes[k];
    i64 size = aligned(mine.bytes), best = -1, best_gap = 0, end = 0;
    for (std::size_t other : placed) {
      const Lifetime& theirs = lifetimes[other];
      if (theirs.last < mine.first || mine.last < theirs.first) continue;
      i64 gap = plan.offsets[other] - end;
      if (gap >= size && (best < 0 || gap < best_gap)) best = end, best_gap = gap;
      end = std::max(end, plan.offsets[other] + aligned(theirs.bytes));
    }
    plan.offsets[k] = best >= 0 ? best : end;
    plan.bytes = std::max(plan.bytes, plan.offsets[k] + size);
    auto at = std::upper_bound(placed.begin(), placed.end(), k,
                               [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; });
    placed.insert(at, k);
  }
  return plan;
}

}  // namespace tenon::runtime
