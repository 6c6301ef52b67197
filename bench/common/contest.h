// Contestants that do the same work in turn.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "compile/ceilings.h"
#include "tensor/array.h"

namespace tenon::bench {

struct Contestant {
  std::string name;
  std::function<void()> run;
  Array result;  ///< filled by run, where it can be compared
  /// Seconds per call of so many, where it is not this process's clock that tells.
  std::function<double(int calls)> seconds = {};
};

/// What bounds the work, in the unit of the result.
struct Bound {
  Ceiling ceiling;
  double scale = 1;  ///< of the ceiling's samples
};

/// Medians: seconds per call of each, and samples of the ceilings.
struct Times {
  std::vector<double> seconds, ceilings;
};
/// In turn. Seconds are those that this thread runs: what other programs take does not count. `pause` comes before each
/// turn: threads of others that wait for work may spin for a while.
Times measure_in_turn(const std::vector<Contestant>& all, const std::vector<Bound>& bounds = {},
                      std::chrono::milliseconds pause = {});

double thread_seconds_per_call(const std::function<void()>& run, int calls);
double wall_seconds_per_call(const std::function<void()>& run, int calls);

/// The largest difference of elements (of some of many), by the largest element; infinite where x is not finite.
double difference(const Array& x, const Array& y);

double median(std::vector<double> values);

}  // namespace tenon::bench
