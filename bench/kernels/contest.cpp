#include "kernels/contest.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/rng.h"

namespace tenon::bench {

namespace {

constexpr int kRounds = 11, kFewestRounds = 3;
constexpr double kSliceSeconds = 2e-3;  ///< of one contestant in one round
constexpr double kMostSeconds = 4;      ///< of all rounds of one contestant

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds_per_call(const std::function<void()>& run, int calls, double (*clock)()) {
  const double begin = clock();
  for (int k = 0; k < calls; ++k) run();
  return (clock() - begin) / calls;
}

double seconds_of(const Contestant& c, int calls) {
  return c.seconds ? c.seconds(calls) : seconds_per_call(c.run, calls, thread_seconds);
}

double median(std::vector<double> values) { return summary_of(std::move(values)).median; }

/// The largest difference, by the largest element; how far results may be apart depends on their type.
double difference(const Array& x, const Array& y) {
  double most = 0, scale = 1e-30;
  const i64 step = std::max<i64>(1, x.count() / 100'003);  // a part of large ones
  for (i64 k = 0; k < x.count(); k += step) {
    const double a = x.at(k).as_double(), b = y.at(k).as_double();
    scale = std::max(scale, std::abs(b));
    most = std::isfinite(a) ? std::max(most, std::abs(a - b)) : HUGE_VAL;
  }
  return most / scale;
}

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

double wall_seconds_per_call(const std::function<void()>& run, int calls) {
  return seconds_per_call(run, calls, wall_clock);
}

Times measure_in_turn(const std::vector<Contestant>& all, const std::vector<Bound>& bounds) {
  std::vector<int> calls;
  int rounds = kRounds;
  for (const Contestant& c : all) {
    c.run();
    const double once = seconds_of(c, 1);
    calls.push_back(std::clamp(static_cast<int>(kSliceSeconds / std::max(once, 1e-9)), 1, 100'000));
    rounds = std::clamp(static_cast<int>(kMostSeconds / once), kFewestRounds, rounds);
  }
  std::vector<std::vector<double>> seconds(all.size()), rates(bounds.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < bounds.size(); ++k) rates[k].push_back(bounds[k].ceiling.sample() * bounds[k].scale);
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::size_t c = (k + static_cast<std::size_t>(round)) % all.size();  // nobody always runs after the same
      seconds_of(all[c], 1);                                                     // caches are as it leaves them
      seconds[c].push_back(seconds_of(all[c], calls[c]));
    }
  }
  Times t;
  for (auto& s : seconds) t.seconds.push_back(median(std::move(s)));
  for (auto& r : rates) t.ceilings.push_back(median(std::move(r)));
  return t;
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
