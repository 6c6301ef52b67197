// Runtime kernels against the C++ standard library and, for the Fourier transform, NumPy.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "base/rng.h"
#include "compile/compiler.h"
#include "op/functions.h"

namespace tenon {
namespace {

Array noise(const Type& t) {
  Array a(t);
  Rng rng(7);
  for (i64 k = 0; k < a.count(); ++k) a.set(k, rng.uniform() * 2 - 1);
  return a;
}

/// The least of several runs, in milliseconds.
template <class F>
double milliseconds(F&& run, int times = 9) {
  double best = 1e30;
  for (int k = 0; k < times; ++k) {
    auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

/// Runs the compiled f(x) against `peer`.
template <class F, class Peer>
void compare(benchmark::State& state, const Type& type, const char* name, F&& f, Peer&& peer) {
  const Value x(Node::parameter(type), 0);
  const auto program = compiled(Function{"bench", {x}, f(x)});
  const std::vector<Array> in{noise(type)};
  double ours = 0, theirs = 0;
  for (auto _ : state) {
    ours = milliseconds([&] { benchmark::DoNotOptimize(program->run(in)); });
    theirs = peer(in[0]);
  }
  state.counters["value:ms"] = ours;
  if (theirs > 0) state.counters[std::string("peer:") + name] = theirs;
}

/// Milliseconds of a statement in Python, or nothing comparable where there is no NumPy.
double numpy(const std::string& setup, const std::string& statement) {
  const std::string command = "/usr/bin/python3 -c \"import numpy as np, timeit; " + setup +
                              "; print(min(timeit.repeat(lambda: " + statement +
                              ", number=1, repeat=9)) * 1e3)\" 2>/dev/null";
  double result = 0;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return 0;
  if (std::fscanf(pipe, "%lf", &result) != 1) result = 0;
  pclose(pipe);
  return result;
}

void sorted(benchmark::State& state) {
  compare(
      state, {DType::F32, {1'000'000}}, "std::sort", [](const Value& x) { return std::vector{sort(x).values}; },
      [](const Array& x) {
        std::vector<float> copy;
        return milliseconds([&] {
          copy.assign(x.values<float>().begin(), x.values<float>().end());
          std::sort(copy.begin(), copy.end());
        });
      });
}

void top(benchmark::State& state) {
  compare(
      state, {DType::F32, {1'000'000}}, "std::partial_sort_copy",
      [](const Value& x) { return std::vector{top_k(x, 100).values}; },
      [](const Array& x) {
        std::vector<float> best(100);
        return milliseconds([&] {
          std::partial_sort_copy(x.values<float>().begin(), x.values<float>().end(), best.begin(), best.end(),
                                 std::greater<>());
          benchmark::DoNotOptimize(best.data());
        });
      });
}

void running_sum(benchmark::State& state) {
  compare(
      state, {DType::F32, {1000, 1000}}, "std::partial_sum", [](const Value& x) { return std::vector{cumsum(x)}; },
      [](const Array& x) {
        return milliseconds([&] {
          Array y(x.type());
          auto from = x.values<float>();
          auto to = y.values<float>();
          for (std::ptrdiff_t row = 0; row < 1000; ++row)
            std::partial_sum(from.begin() + row * 1000, from.begin() + (row + 1) * 1000, to.begin() + row * 1000);
          benchmark::DoNotOptimize(y);
        });
      });
}

void transforms(benchmark::State& state, i64 rows, i64 n) {
  compare(
      state, {DType::F64, {rows, n, 2}}, "NumPy", [](const Value& x) { return std::vector{dft(x)}; },
      [&](const Array&) { return numpy(fmt::format("z = np.random.rand({}, {}) + 1j", rows, n), "np.fft.fft(z)"); });
}

void factorization(benchmark::State& state) {
  compare(
      state, {DType::F64, {512, 512}}, "NumPy", [](const Value& x) { return std::vector{cholesky(x, true, 1000)}; },
      [](const Array&) { return numpy("a = np.random.rand(512, 512) + 1000 * np.eye(512)", "np.linalg.cholesky(a)"); });
}

BENCHMARK(sorted)->Name("sort 1M f32")->Unit(benchmark::kMillisecond);
BENCHMARK(top)->Name("top_k 100 of 1M f32")->Unit(benchmark::kMillisecond);
BENCHMARK(running_sum)->Name("cumsum 1000x1000 f32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transforms, one, 1, 1 << 20)->Name("fft 2^20 f64")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transforms, many, 256, 1024)->Name("fft 256x1024 f64")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transforms, prime, 64, 1009)->Name("fft 64x1009 f64")->Unit(benchmark::kMillisecond);
BENCHMARK(factorization)->Name("cholesky 512 f64")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tenon

BENCHMARK_MAIN();
