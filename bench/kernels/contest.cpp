#include "kernels/contest.h"

#include <algorithm>

#include "base/error.h"
#include "base/rng.h"

namespace tenon::bench {

namespace {

/// Says whose result differs from ours, if any.
std::string disagreement(const std::vector<Contestant>& all) {
  for (const Contestant& c : all) {
    c.run();
    if (!c.result.defined() || c.result.type() != all[0].result.type()) continue;
    const double tolerance = is_float(c.result.dtype()) ? (c.result.dtype() == DType::F32 ? 1e-4 : 2e-2) : 0;
    if (const double off = difference(all[0].result, c.result); off > tolerance)
      return fmt::format("the result of {} differs by {:.2g}", c.name, off);
  }
  return {};
}

}  // namespace

std::vector<Peer>& peers() {
  static std::vector<Peer> all;
  return all;
}

AddPeer::AddPeer(std::string name, std::function<std::optional<Contestant>(const Problem&)> prepare) {
  peers().push_back({std::move(name), std::move(prepare)});
}

Array noise(const Type& t, unsigned seed) {
  Array a(t);
  Rng rng(seed);
  for (i64 k = 0; k < a.count(); ++k) {
    const double x = rng.uniform() * 2 - 1;
    a.set(k, is_float(t.dtype) ? Number(x) : Number::of_int(static_cast<i64>(x * 100) + (t.dtype == DType::U8) * 100));
  }
  return a;
}

void compete(benchmark::State& state, const Problem& problem, double work, const std::string& unit,
             const std::vector<Bound>& bounds, const Target& target) {
  std::vector<Contestant> all{tenon_for(problem)};
  for (const Peer& p : peers())
    if (auto c = p.prepare(problem)) all.push_back(std::move(*c));
  if (const std::string wrong = disagreement(all); !wrong.empty()) {
    state.SkipWithError(wrong.c_str());
    return;
  }
  Times t;
  for (auto _ : state) t = measure_in_turn(all, bounds);
  const auto rate = [&](std::size_t k) { return work / t.seconds[k] / 1e9; };
  state.counters["value:" + unit] = rate(0);
  double reach = 0;
  if (!t.ceilings.empty()) {
    const double ceiling = *std::ranges::max_element(t.ceilings);
    state.counters["ceiling"] = ceiling;
    reach = target.ceiling * ceiling;
  }
  for (std::size_t k = 1; k < all.size(); ++k) {
    state.counters["peer:" + all[k].name] = rate(k);
    if (target.only_peer.empty() || target.only_peer == all[k].name)
      reach = std::max(reach, target.best_peer * rate(k));
  }
  if (reach > 0) state.counters["target"] = reach;
}

}  // namespace tenon::bench
