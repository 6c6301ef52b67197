// Transcendental functions in elements per second of one thread, from and to the second-level cache, against the C
// library in a loop.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "compile/compiler.h"
#include "op/functions.h"

namespace tenon {
namespace {

constexpr i64 kCount = 1 << 14;

Array positive(DType type) {
  Array a(type, {kCount});
  Rng rng(7);
  for (i64 k = 0; k < kCount; ++k) a.set(k, rng.uniform() * 4 + 0.01);
  return a;
}

/// Elements per nanosecond at the least of several runs.
template <class F>
double rate(F&& run) {
  double best = 1e30;
  for (int k = 0; k < 200; ++k) {
    auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  return kCount / best;
}

template <class T, class F, class Peer>
void measure(benchmark::State& state, F f, Peer peer) {
  const DType type = sizeof(T) == 8 ? DType::F64 : DType::F32;
  const Value x(Node::parameter({type, {kCount}}), 0), y(Node::parameter({type, {kCount}}), 0);
  const auto program = compiled(Function{"bench", {x, y}, {f(x, y)}});
  const std::vector<Array> in{positive(type), positive(type)};
  std::vector<T> out(kCount);
  double ours = 0, theirs = 0;
  for (auto _ : state) {
    ours = rate([&] { benchmark::DoNotOptimize(program->run(in)); });
    theirs = rate([&] {
      const auto a = in[0].values<T>(), b = in[1].values<T>();
      for (std::size_t k = 0; k < kCount; ++k) out[k] = peer(a[k], b[k]);
      benchmark::DoNotOptimize(out.data());
    });
  }
  state.counters["value:G elements/s"] = ours;
  state.counters["peer:libm"] = theirs;
}

/// One function of two arguments, of which it may ignore the second, in both types.
template <class F, class Peer>
void both(const std::string& name, F f, Peer peer) {
  benchmark::RegisterBenchmark(("math/f64/" + name).c_str(), [=](benchmark::State& state) {
    measure<double>(state, f, peer);
  })->Iterations(1);
  benchmark::RegisterBenchmark(("math/f32/" + name).c_str(), [=](benchmark::State& state) {
    measure<float>(state, f, peer);
  })->Iterations(1);
}

void register_all() {
  both("exp", [](const Value& x, const Value&) { return exp(x); }, [](auto x, auto) { return std::exp(x); });
  both("log", [](const Value& x, const Value&) { return log(x); }, [](auto x, auto) { return std::log(x); });
  both("log1p", [](const Value& x, const Value&) { return log1p(x); }, [](auto x, auto) { return std::log1p(x); });
  both("expm1", [](const Value& x, const Value&) { return expm1(x); }, [](auto x, auto) { return std::expm1(x); });
  both("tanh", [](const Value& x, const Value&) { return tanh(x); }, [](auto x, auto) { return std::tanh(x); });
  both(
      "sigmoid", [](const Value& x, const Value&) { return sigmoid(x); },
      [](auto x, auto) { return 1 / (1 + std::exp(-x)); });
  both("erf", [](const Value& x, const Value&) { return erf(x); }, [](auto x, auto) { return std::erf(x); });
  both("sin", [](const Value& x, const Value&) { return sin(x); }, [](auto x, auto) { return std::sin(x); });
  both("cos", [](const Value& x, const Value&) { return cos(x); }, [](auto x, auto) { return std::cos(x); });
  both("pow", [](const Value& x, const Value& y) { return pow(x, y); }, [](auto x, auto y) { return std::pow(x, y); });
  both(
      "atan2", [](const Value& x, const Value& y) { return atan2(x, y); },
      [](auto x, auto y) { return std::atan2(x, y); });
  both(
      "fmod", [](const Value& x, const Value& y) { return fmod(x, y); },
      [](auto x, auto y) { return std::fmod(x, y); });
}

}  // namespace
}  // namespace tenon

int main(int argc, char** argv) {
  tenon::set_threads(1);
  tenon::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
