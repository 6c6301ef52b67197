// What the compiler costs, and how few kernels it leaves.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "autodiff/reverse.h"
#include "compile/compiler.h"
#include "ir/walk.h"
#include "op/functions.h"

namespace tenon {
namespace {

Value input(Shape shape, DType t = DType::F32) { return Value(Node::parameter({t, std::move(shape)}), 0); }

/// The step of an MLP of `layers` layers with momentum: weights and moments to their next values, and the loss.
Function training_step(std::size_t layers) {
  constexpr i64 kBatch = 32, kWidth = 16;
  Function f{"step", {}, {}};
  const Value x = f.parameters.emplace_back(input({kBatch, kWidth}));
  const Value y = f.parameters.emplace_back(input({kBatch}, DType::I64));
  std::vector<Value> weights, moments;
  for (std::size_t k = 0; k < layers; ++k) {
    weights.push_back(input({kWidth, kWidth})), moments.push_back(input({kWidth, kWidth}));
    weights.push_back(input({kWidth})), moments.push_back(input({kWidth}));
  }
  Value h = x;
  for (std::size_t k = 0; k < layers; ++k) {
    h = linear(h, weights[2 * k], weights[2 * k + 1]);
    if (k + 1 < layers) h = relu(h);
  }
  const Value loss = cross_entropy(h, y);
  const std::vector<Value> grads = gradients(loss, weights);
  f.results.push_back(loss);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    f.parameters.push_back(weights[k]), f.parameters.push_back(moments[k]);
    const Value moment = moments[k] * 0.9 + grads[k];
    f.results.push_back(moment);
    f.results.push_back(weights[k] - moment * 0.01);
  }
  return f;
}

std::size_t nodes_of(const Function& f) { return topological(f.results).size(); }

/// As many layers as make about so many nodes.
std::size_t layers_for(std::size_t nodes) {
  const std::size_t few = nodes_of(training_step(2)), more = nodes_of(training_step(12));
  return 2 + (nodes - few) * 10 / (more - few);
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

template <class F>
double median_ms(F&& run, int times) {
  std::vector<double> list;
  for (int k = 0; k < times; ++k) {
    const double start = seconds();
    run();
    list.push_back((seconds() - start) * 1e3);
  }
  std::nth_element(list.begin(), list.begin() + times / 2, list.end());
  return list[static_cast<std::size_t>(times) / 2];
}

/// The graph of a step, its gradients among it, is recorded anew and its program found again.
void trace_hash_lookup(benchmark::State& state) {
  const std::size_t layers = layers_for(1000);
  const Function first = training_step(layers);
  compiled(first, "bench");
  const auto once = [&] { benchmark::DoNotOptimize(compiled(training_step(layers), "bench")); };
  for (auto _ : state) once();
  const auto nodes = static_cast<double>(nodes_of(first));
  state.counters["nodes"] = nodes;
  state.counters["value:ms"] = median_ms(once, 51) * 1000 / nodes;
  state.counters["target"] = 0.5;
}
BENCHMARK(trace_hash_lookup)->Name("trace, hash and lookup of 1,000 nodes")->Unit(benchmark::kMillisecond);

/// All passes of a training step of about 1,500 nodes.
void passes(benchmark::State& state) {
  const Function f = training_step(layers_for(1500));
  const auto once = [&] {
    double sum = 0;
    for (const PassReport& pass : compiler().optimise(f, "training")) sum += pass.seconds;
    return sum * 1e3;
  };
  for (auto _ : state) benchmark::DoNotOptimize(once());
  std::vector<double> list;
  for (int k = 0; k < 11; ++k) list.push_back(once());
  std::nth_element(list.begin(), list.begin() + 5, list.end());
  const auto nodes = static_cast<double>(nodes_of(f));
  state.counters["nodes"] = nodes;
  state.counters["value:ms"] = list[5] * 1500 / nodes;
  state.counters["target"] = 60;
}
BENCHMARK(passes)->Name("all passes over 1,500 nodes")->Unit(benchmark::kMillisecond);

void report_kernels(benchmark::State& state, const Function& f, double target, const Replacements& replacements = {}) {
  for (auto _ : state) benchmark::DoNotOptimize(compiled(f, "bench", replacements));
  state.counters["value:kernels"] = static_cast<double>(compiled(f, "bench", replacements)->data().calls.size());
  state.counters["target"] = target;
}

void softmax_kernels(benchmark::State& state) {
  const Value x = input({128, 1000});
  report_kernels(state, {"softmax", {x}, {softmax(x)}}, 1);
}
BENCHMARK(softmax_kernels)->Name("kernels of softmax");

void layer_norm_kernels(benchmark::State& state) {
  const Value x = input({128, 768}), scale = input({768}), bias = input({768});
  report_kernels(state, {"layer_norm", {x, scale, bias}, {layer_norm(x, scale, bias)}}, 1);
}
BENCHMARK(layer_norm_kernels)->Name("kernels of layer norm");

/// Weights of inputs by outputs: others are transposed first, once each.
void gelu_mlp_kernels(benchmark::State& state) {
  const Value x = input({128, 256}), w1 = input({256, 1024}), b1 = input({1024}), w2 = input({1024, 256}),
              b2 = input({256});
  report_kernels(state, {"mlp", {x, w1, b1, w2, b2}, {matmul(gelu(matmul(x, w1) + b1), w2) + b2}}, 2);
}
BENCHMARK(gelu_mlp_kernels)->Name("kernels of a GELU MLP block");

/// Adam over parameters of several shapes.
void update_kernels(benchmark::State& state) {
  Function f{"update", {}, {}};
  Replacements replacements;
  for (const Shape& shape : {Shape{64, 32}, Shape{64}, Shape{3, 3, 16, 16}, Shape{1000, 8}}) {
    const Value p = input(shape), m = input(shape), v = input(shape), g = input(shape);
    const Value mean = m * 0.9 + g * 0.1, square_mean = v * 0.999 + square(g) * 0.001;
    for (const Value& next : {mean, square_mean, p - mean / (sqrt(square_mean) + 1e-8) * 0.001}) {
      replacements.push_back({f.results.size(), f.parameters.size()});
      f.parameters.push_back(f.results.size() % 3 == 0 ? m : f.results.size() % 3 == 1 ? v : p);
      f.results.push_back(next);
    }
    f.parameters.push_back(g);
  }
  report_kernels(state, f, 1, replacements);
}
BENCHMARK(update_kernels)->Name("kernels of an optimizer update");

/// A convolution and the normalisation of what it gives with statistics that are known.
void batch_norm_kernels(benchmark::State& state) {
  const auto known = [](Shape shape, double value) {
    return Value(Node::leaf(Array::full({DType::F32, shape}, Number(value))), 0);
  };
  const Value x = input({4, 3, 16, 16}), y = conv(x, known({8, 3, 3, 3}, 0.1));
  const Value normal = batch_norm(y, known({8}, 1), known({8}, 0), known({8}, 0.2), known({8}, 1));
  const auto calls = [](const Function& f) { return compiled(f, "bench")->data().calls.size(); };
  const Function with{"norm", {x}, {normal}}, without{"conv", {x}, {y}};
  for (auto _ : state) benchmark::DoNotOptimize(compiled(with, "bench"));
  state.counters["value:kernels"] = static_cast<double>(calls(with)) - static_cast<double>(calls(without));
  state.counters["target"] = 0;
}
BENCHMARK(batch_norm_kernels)->Name("kernels of batch norm beside its convolution");

/// Built, compiled and freed.
void long_chain(benchmark::State& state) {
  setenv("TENON_CACHE_DIR", "", 1);  // no program is found again
  const auto once = [](int round) {
    const Value x = input({4});
    Value y = x;
    for (int k = 0; k < 100000; ++k)
      y = k % 3 == 0 ? y * 0.5 : k % 3 == 1 ? y + 1.0 : tanh(y) + static_cast<double>(round);
    benchmark::DoNotOptimize(compiled({"chain", {x}, {y}}, "bench"));
  };
  int round = 0;
  for (auto _ : state) once(++round);
}
BENCHMARK(long_chain)->Name("chain of 100,000 nodes")->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace tenon

BENCHMARK_MAIN();
