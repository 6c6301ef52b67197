#include "common/contest.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace tenon::bench {

namespace {

constexpr int kRounds = 11, kFewestRounds = 3;
constexpr double kSliceSeconds = 2e-3;  ///< of one contestant in one round
constexpr int kLonger = 10;             ///< times as long where threads have to wake up
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
  return c.seconds ? c.seconds(calls) : thread_seconds_per_call(c.run, calls);
}

}  // namespace

double median(std::vector<double> values) { return summary_of(std::move(values)).median; }

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

double thread_seconds_per_call(const std::function<void()>& run, int calls) {
  return seconds_per_call(run, calls, thread_seconds);
}

double wall_seconds_per_call(const std::function<void()>& run, int calls) {
  return seconds_per_call(run, calls, wall_clock);
}

Times measure_in_turn(const std::vector<Contestant>& all, const std::vector<Bound>& bounds,
                      std::chrono::milliseconds pause) {
  std::vector<int> calls;
  int rounds = kRounds;
  for (const Contestant& c : all) {
    c.run();
    double once = seconds_of(c, 1);
    for (int again = 0; again < 2 && once < kSliceSeconds; ++again) once = std::min(once, seconds_of(c, 5));
    const double slice = pause.count() > 0 ? kLonger * kSliceSeconds : kSliceSeconds;
    calls.push_back(std::clamp(static_cast<int>(slice / std::max(once, 1e-9)), 1, 100'000));
    rounds = std::clamp(static_cast<int>(kMostSeconds / once), kFewestRounds, rounds);
  }
  std::vector<std::vector<double>> seconds(all.size()), rates(bounds.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < bounds.size(); ++k) rates[k].push_back(bounds[k].ceiling.sample() * bounds[k].scale);
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::size_t c = (k + static_cast<std::size_t>(round)) % all.size();  // nobody always runs after the same
      if (pause.count() > 0) std::this_thread::sleep_for(pause);
      seconds_of(all[c], pause.count() > 0 ? calls[c] : 1);  // caches are as it leaves them, and threads awake
      seconds[c].push_back(seconds_of(all[c], calls[c]));
    }
  }
  Times t;
  for (auto& s : seconds) t.seconds.push_back(median(std::move(s)));
  for (auto& r : rates) t.ceilings.push_back(median(std::move(r)));
  return t;
}

}  // namespace tenon::bench
