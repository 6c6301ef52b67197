// Kernels against the machine's ceilings and against other libraries, on one core, with weights that are known ahead.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/cores.h"
#include "base/thread_pool.h"
#include "common/once.h"
#include "kernels/compile_times.h"
#include "kernels/contest.h"
#include "machine/processor.h"

namespace tenon::bench {
namespace {

constexpr double kGiga = 1e-9;

/// Products of bytes are of u8 by i8, the weights, and exact.
Problem product(DType left, i64 m, i64 n, i64 k) {
  const bool bytes = left == DType::U8;
  return {"gemm",
          {noise({left, {m, k}}, 1), noise({bytes ? DType::I8 : left, {k, n}}, 2)},
          {bytes ? DType::I32 : left, {m, n}}};
}

double operations_of(const Problem& p) {
  return 2.0 * static_cast<double>(p.in[0].count()) * static_cast<double>(p.in[1].dim(1));
}

double bytes_of(const Problem& p) {
  double bytes = static_cast<double>(tenon::bytes_of(p.out.dtype, element_count(p.out.shape)));
  for (const Array& a : p.in) bytes += static_cast<double>(a.bytes());
  return bytes;
}

/// Bound by products.
void gemm(benchmark::State& state, DType t, i64 m, i64 n, i64 k, const Target& target) {
  const Problem p = product(t, m, n, k);
  const DType peak = t == DType::U8 ? DType::I8 : t;
  compete(state, p, operations_of(p), t == DType::U8 ? "GOP/s" : "GFLOP/s", {{Ceiling::compute(peak), kGiga}}, target);
}

/// One row: bound by the weights' way to the processor.
void gemv(benchmark::State& state, DType t, i64 n, i64 k) {
  const Problem p = product(t, 1, n, k);
  const double bytes = bytes_of(p);
  const Bound read{Ceiling::memory(Access::Read, static_cast<i64>(bytes)), operations_of(p) / bytes * kGiga};
  compete(state, p, operations_of(p), t == DType::U8 ? "GOP/s" : "GFLOP/s", {read},
          {.best_peer = 1, .only_peer = "oneDNN"});
}

/// Bound by the better way to copy as many bytes.
void movement(benchmark::State& state, const Problem& p, const Target& target) {
  const double bytes = bytes_of(p);
  const auto set = static_cast<i64>(bytes);
  compete(state, p, bytes, "GB/s",
          {{Ceiling::memory(Access::Copy, set), kGiga}, {Ceiling::memory(Access::StreamCopy, set), kGiga}}, target);
}

Problem map_of(const std::string& kind, const Shape& shape, int operands = 1) {
  Problem p{kind, {}, {DType::F32, shape}};
  for (int k = 0; k < operands; ++k) p.in.push_back(noise(p.out, static_cast<unsigned>(k) + 1));
  return p;
}

Problem with_rows(const std::string& kind, const Shape& shape, int rows) {
  Problem p = map_of(kind, shape);
  for (int k = 0; k < rows; ++k) p.in.push_back(noise({DType::F32, {shape[1]}}, static_cast<unsigned>(k) + 5));
  return p;
}

/// How many times faster two threads are than one, beside how much faster they multiply and add in registers. What is
/// best of many rounds counts: a processor that another program keeps busy says nothing about ours.
void two_cores(benchmark::State& state, const Problem& p) {
  constexpr int kRounds = 60;
  constexpr double kUndisturbed = 1.9;  // what two processors reach in registers where they are free
  const Contestant ours = tenon_for(p);
  double rates[2] = {0, 0}, peaks[2] = {0, 0};
  for (auto _ : state) {
    const Ceiling ceilings[2] = {Ceiling::compute(DType::F32, 1), Ceiling::compute(DType::F32, 2)};
    for (int round = 0; round < kRounds; ++round)
      for (const std::size_t k : {0, 1}) {
        set_threads(static_cast<int>(k) + 1);
        peaks[k] = std::max(peaks[k], ceilings[k].sample());
        ours.run();
        rates[k] = std::max(rates[k], 1 / wall_seconds_per_call(ours.run, 1));
      }
  }
  set_threads(1);
  state.counters["value:times faster"] = rates[1] / rates[0];
  if (peaks[1] / peaks[0] < kUndisturbed) return state.SetLabel("not judged: other programs keep processors busy");
  state.counters["ceiling"] = peaks[1] / peaks[0];
  state.counters["target"] = 1.9;
}

std::string_view type_name(DType t) { return t == DType::U8 ? "u8 i8" : name_of(t); }

void add_gemm(DType t, i64 m, i64 n, i64 k, const Target& target) {
  add_once(fmt::format("gemm {} {}x{}x{}", type_name(t), m, n, k),
           [=](auto& state) { gemm(state, t, m, n, k, target); });
}

/// Names say M x N x K.
void add_products() {
  const auto f32 = DType::F32;
  const auto cube = [](DType t, i64 n, const Target& target) { add_gemm(t, n, n, n, target); };
  const auto at_least = [](double share) { return Target{share, 1, "oneDNN"}; };
  cube(f32, 32, {.ceiling = 0.85});
  cube(f32, 64, {.ceiling = 0.92});
  for (const i64 n : {128, 256, 512}) cube(f32, n, at_least(0.96));
  for (const i64 n : {1024, 2048}) cube(f32, n, at_least(0.94));
  add_gemm(f32, 8, 1024, 1024, {.ceiling = 0.94});
  add_gemm(f32, 64, 3072, 768, {.ceiling = 0.95});
  add_gemm(f32, 128, 768, 768, {.ceiling = 0.97});
  for (const DType t : {DType::BF16, DType::U8})
    for (const i64 n : {256, 512, 1024, 2048}) cube(t, n, {.ceiling = 0.95});
  for (const DType t : {f32, DType::BF16, DType::U8})
    add_once(fmt::format("gemv {} 1x1024x1024", type_name(t)), [t](auto& state) { gemv(state, t, 1024, 1024); });
}

void add_movement(const std::string& name, const std::function<Problem()>& problem, const Target& target) {
  add_once(name, [=](auto& state) { movement(state, problem(), target); });
}

/// In the cache the best peer is to be reached, out of it a share of the copy as well.
void add_maps_and_rows() {
  const Target inside{.best_peer = 1}, outside{.ceiling = 0.85, .best_peer = 1};
  add_movement("softmax 6144x512", [] { return map_of("softmax", {6144, 512}); }, inside);
  add_movement("softmax 32768x512", [] { return map_of("softmax", {32768, 512}); }, outside);
  add_movement("layer norm 512x768", [] { return with_rows("layer_norm", {512, 768}, 2); }, inside);
  add_movement("layer norm 21845x768", [] { return with_rows("layer_norm", {21845, 768}, 2); }, outside);
  add_movement("gelu 512x3072", [] { return map_of("gelu", {512, 3072}); }, inside);
  add_movement("gelu 5461x3072", [] { return map_of("gelu", {5461, 3072}); }, outside);
  add_movement("exp 512x3072", [] { return map_of("exp", {512, 3072}); }, inside);
  add_movement("exp 5461x3072", [] { return map_of("exp", {5461, 3072}); }, outside);
  add_movement("bias relu 512x3072", [] { return with_rows("bias_relu", {512, 3072}, 1); }, inside);
  add_movement("bias relu 5461x3072", [] { return with_rows("bias_relu", {5461, 3072}, 1); }, outside);
  constexpr i64 kElements = 1 << 24, kSide = 1 << 12;
  add_movement("add 16M", [] { return map_of("add", {kElements}, 2); }, {.ceiling = 0.95});
  add_movement("copy 16M", [] { return map_of("copy", {kElements}); }, {.ceiling = 0.95});
  add_movement("transpose 4096x4096", [] { return map_of("transpose", {kSide, kSide}); }, {.ceiling = 0.8});
}

void add_scaling() {
  if (usable_cores() < 2) return;
  add_once("two cores: gemm f32 1024x1024x1024",
           [](auto& state) { two_cores(state, product(DType::F32, 1024, 1024, 1024)); });
  add_once("two cores: gemm f32 256x256x256",
           [](auto& state) { two_cores(state, product(DType::F32, 256, 256, 256)); });
  add_once("two cores: gelu 512x3072", [](auto& state) { two_cores(state, map_of("gelu", {512, 3072})); });
}

void add_compile_times() {
  add_once("compile: a new kernel", [](auto& state) {
    for (auto _ : state) state.counters["value:ms"] = compile_ms_of_kernels();
    state.counters["target"] = 10;
  });
  add_once("compile: gemm of a new shape", [](auto& state) {
    for (auto _ : state) state.counters["value:ms"] = compile_ms_of_gemm();
    state.counters["target"] = 8;
  });
}

/// Other libraries read their environment when they are loaded.
void restart_with_environment(char** argv) {
  if (std::getenv("TENON_BENCH_RESTARTED") != nullptr) return;
  setenv("TENON_BENCH_RESTARTED", "1", 1);
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}) setenv(name, "1", 1);
  // OpenBLAS takes processors that came after it for old ones with half of their vectors; and the environment may say
  // so.
  if (host_processor().vector_bits == 512) setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
  execv("/proc/self/exe", argv);
}

}  // namespace
}  // namespace tenon::bench

int main(int argc, char** argv) {
  using namespace tenon;
  bench::restart_with_environment(argv);
  if (constexpr std::string_view missing = TENON_MISSING_PEERS; !missing.empty())
    fmt::print(stderr, "bench_kernels is built without{}\n", missing);
  set_threads(1);
  bench::add_products();
  bench::add_maps_and_rows();
  bench::add_scaling();
  bench::add_compile_times();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
