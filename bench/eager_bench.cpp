// What recording, hashing and dispatch cost beside the kernels: the training step of the reference MLP.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "base/thread_pool.h"
#include "compile/ceilings.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "ir/walk.h"
#include "op/functions.h"
#include "runtime/profile.h"

namespace tenon {
namespace {

Array noise(const Type& t, double scale) {
  Array a(t);
  std::uint32_t x = 12345;
  for (i64 k = 0; k < a.count(); ++k) {
    x = x * 1664525u + 1013904223u;
    a.set(k,
          is_float(t.dtype) ? Number((static_cast<double>(x >> 8) / 8388608.0 - 1) * scale) : Number::of_int(x % 10));
  }
  return a;
}

/// The MLP 784-128-32-10 with momentum, written as a user would.
struct Step {
  std::vector<Parameter> weights, moments, state;
  Tensor images{noise({DType::F32, {128, 784}}, 1)}, labels{noise({DType::I64, {128}}, 1)};
  Parameter rate{"rate", Tensor::scalar(0.01), false};

  Step() {
    i64 sizes[] = {784, 128, 32, 10};
    for (int layer = 0; layer < 3; ++layer) {
      add("w" + std::to_string(layer), {sizes[layer + 1], sizes[layer]});
      add("b" + std::to_string(layer), {sizes[layer + 1]});
    }
    state = weights;
    state.insert(state.end(), moments.begin(), moments.end());
    state.push_back(rate);
  }
  void add(const std::string& name, const Shape& shape) {
    weights.emplace_back(name, Tensor(noise({DType::F32, shape}, 0.05)));
    moments.emplace_back("m" + name, Tensor::zeros(shape), false);
  }
  Tensor operator()(const Tensor& x, const Tensor& y) {
    Tensor h = x;
    for (std::size_t k = 0; k < weights.size(); k += 2) {
      h = linear(h, weights[k].value(), weights[k + 1].value());
      if (k + 2 < weights.size()) h = relu(h);
    }
    Tensor loss = cross_entropy(h, y);
    backward(loss, weights);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      moments[k].set(moments[k].value() * 0.9 + weights[k].grad());
      weights[k].set(weights[k].value() - rate.value() * moments[k].value());
    }
    return loss;
  }
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Median over many steps of (whole step - its kernels).
template <class F>
double seconds_outside_kernels(F&& step) {
  std::vector<double> outside;
  for (int k = 0; k < 200; ++k) {
    runtime::Profile profile;
    double start = now();
    step();
    outside.push_back(now() - start - profile.kernel_seconds());
  }
  std::nth_element(outside.begin(), outside.begin() + 100, outside.end());
  return outside[100];
}

void jit_step(benchmark::State& state) {
  set_threads(1);
  Step step;
  Jit compiled = jit([&](std::span<const Tensor> in) { return std::vector<Tensor>{step(in[0], in[1])}; }, step.state);
  compiled({step.images, step.labels});
  double outside = seconds_outside_kernels([&] { compiled({step.images, step.labels}); });
  for (auto _ : state) benchmark::DoNotOptimize(compiled({step.images, step.labels}));
  state.counters["value:us"] = outside * 1e6;
  state.counters["target"] = 30;
}
BENCHMARK(jit_step)->Name("jit step outside kernels")->Unit(benchmark::kMicrosecond);

void retraced_step(benchmark::State& state) {
  set_threads(1);
  Step step;
  std::size_t nodes = 0;
  auto run = [&] {
    Tensor loss = step(step.images, step.labels);
    if (nodes == 0) {
      std::vector<Value> roots{loss.value()};
      for (const Parameter& p : step.state) roots.push_back(p.value().value());
      nodes = Walk(roots).size();
    }
    loss.eval();
  };
  run();
  run();
  double outside = seconds_outside_kernels(run);
  for (auto _ : state) run();
  state.counters["nodes"] = static_cast<double>(nodes);
  state.counters["value:us"] = outside * 1e6 / static_cast<double>(nodes);
  state.counters["target"] = 0.5;
}
BENCHMARK(retraced_step)->Name("retraced step per node")->Unit(benchmark::kMicrosecond);

void warm_step(benchmark::State& state) {
  set_threads(1);
  Step step;
  Jit compiled = jit([&](std::span<const Tensor> in) { return std::vector<Tensor>{step(in[0], in[1])}; }, step.state);
  compiled({step.images, step.labels});
  std::vector<double> seconds;
  for (auto _ : state) {
    double start = now();
    benchmark::DoNotOptimize(compiled({step.images, step.labels}));
    seconds.push_back(now() - start);
  }
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
  // Products of the forward pass and of both gradients; the first layer's input needs none.
  constexpr double kProducts = 2.0 * 128 * (2 * 784 * 128 + 3 * (128 * 32 + 32 * 10));
  state.counters["value:GFLOP/s"] = kProducts / seconds[seconds.size() / 2] / 1e9;
  const double ceiling = measured_peak(DType::F32) / 1e9;
  state.counters["ceiling"] = ceiling;
  // 0.60 ms where the products alone take 0.47.
  state.counters["target"] = ceiling * 0.47 / 0.60;
}
BENCHMARK(warm_step)->Name("training step MLP N=128")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tenon

BENCHMARK_MAIN();
