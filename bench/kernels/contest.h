// One piece of work, done by Tenon and by other libraries in turn, beside the ceiling that bounds it.
#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/contest.h"

namespace tenon::bench {

/// What is computed. Kinds: gemm (a, b: the weights, known ahead), softmax (last axis), layer_norm (x, scale, bias),
/// gelu, exp, bias_relu (x, bias), add (x, y), copy, transpose (of a matrix).
struct Problem {
  std::string kind;
  std::vector<Array> in;
  Type out;
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

/// Shares of the ceiling, or of the best peer, that are to be reached; 0: not asked for.
struct Target {
  double ceiling = 0, best_peer = 0;
  std::string only_peer;  ///< that best_peer means; empty: all
};

/// Measures all in turn, many times, and reports medians: work / seconds in `unit` (GFLOP/s, GB/s, …).
void compete(benchmark::State& state, const Problem& problem, double work, const std::string& unit,
             const std::vector<Bound>& bounds, const Target& target);

Array noise(const Type& t, unsigned seed = 1);

}  // namespace tenon::bench
