// One piece of work, done by Tenon and by other libraries in turn, beside the ceiling that bounds it.
#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compile/ceilings.h"
#include "tensor/array.h"

namespace tenon::bench {

/// What is computed. Kinds: gemm (a, b: the weights, known ahead), softmax (last axis), layer_norm (x, scale, bias),
/// gelu, exp, bias_relu (x, bias), add (x, y), copy, transpose (of a matrix).
struct Problem {
  std::string kind;
  std::vector<Array> in;
  Type out;
};

struct Contestant {
  std::string name;
  std::function<void()> run;
  Array result;  ///< filled by run, where it can be compared
  /// Seconds per call of so many, where it is not this process's clock that tells.
  std::function<double(int calls)> seconds = {};
};

/// A library to stand beside. `prepare` does all that can be done ahead, and gives nothing where the library has no
/// such function.
struct Peer {
  std::string name;
  std::function<std::optional<Contestant>(const Problem&)> prepare;
};
/// Those that were there when this was built, each put in by its own file.
std::vector<Peer>& peers();
struct AddPeer {
  AddPeer(std::string name, std::function<std::optional<Contestant>(const Problem&)> prepare);
};

/// Tenon's own: the kernels of the inference pipeline, over memory that is allocated ahead.
Contestant tenon_for(const Problem& problem);

/// What bounds the problem, in the unit of the result.
struct Bound {
  Ceiling ceiling;
  double scale = 1;  ///< of the ceiling's samples
};

/// Shares of the ceiling, or of the best peer, that are to be reached; 0: not asked for.
struct Target {
  double ceiling = 0, best_peer = 0;
  std::string only_peer;  ///< that best_peer means; empty: all
};

/// Measures all in turn, many times, and reports medians: work / seconds in `unit` (GFLOP/s, GB/s, …).
void compete(benchmark::State& state, const Problem& problem, double work, const std::string& unit,
             const std::vector<Bound>& bounds, const Target& target);

/// Medians: seconds per call of each, and samples of the ceilings.
struct Times {
  std::vector<double> seconds, ceilings;
};
/// In turn. Seconds are those that this thread runs: what other programs take does not count.
Times measure_in_turn(const std::vector<Contestant>& all, const std::vector<Bound>& bounds);

double wall_seconds_per_call(const std::function<void()>& run, int calls);

Array noise(const Type& t, unsigned seed = 1);

}  // namespace tenon::bench
