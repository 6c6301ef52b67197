// Models from ONNX files beside ONNX Runtime: a run, the way to the first result, memory.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <map>
#include <string_view>

#include "base/cores.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "common/contest.h"
#include "common/line_process.h"
#include "common/once.h"
#include "onnx/first_run.h"
#include "onnx/session.h"
#include "tensor/npy.h"

namespace tenon::bench {

namespace {

constexpr double kMegabyte = 1e6;
constexpr double kLoadMsPerMegabyte = 5, kLoadBytesPerByte = 1.2;  ///< to be reached
constexpr std::chrono::milliseconds kUntilOthersSleep{30};
/// Of random weights, where sums are long; the tests compare more closely.
constexpr double kTolerance = 1e-3;

/// ONNX Runtime with the model loaded, if it is installed.
class PeerSession {
 public:
  PeerSession(const ModelCase& c, int threads) : process_(peer_command()) {
    if (process_.there()) process_.ask(peer_question("load", c, threads));
  }
  bool there() const { return process_.there(); }
  double seconds(int calls, bool of_thread) {
    return std::stod(process_.ask("run\t" + std::to_string(calls) + (of_thread ? "\tthread" : "\twall")));
  }
  std::vector<Array> outputs(const std::string& prefix) {
    const int count = std::stoi(process_.ask("outputs\t" + prefix));
    std::vector<Array> all;
    for (int k = 0; k < count; ++k) all.push_back(read_npy(prefix + std::to_string(k) + ".npy"));
    return all;
  }

 private:
  LineProcess process_;
};

void compare(const std::vector<Array>& ours, const std::vector<Array>& theirs) {
  require(ours.size() == theirs.size(), "{} outputs, ONNX Runtime has {}", ours.size(), theirs.size());
  for (std::size_t k = 0; k < ours.size(); ++k) {
    const double off = difference(ours[k], theirs[k]);
    require(off <= kTolerance, "output {} differs from ONNX Runtime's by {:.2g}", k, off);
  }
}

void latency(benchmark::State& state, const ModelCase& c, int threads) {
  set_threads(threads);
  const onnx::Session session = onnx::Session::load(c.model);
  const std::vector<Array> inputs = read_inputs(c);
  PeerSession peer(c, threads);
  const bool of_thread = threads == 1;
  const auto run = [&] { benchmark::DoNotOptimize(session.run(inputs)); };
  std::vector<Contestant> all{{"Tenon", run, {}, [&](int calls) {
                                 return of_thread ? thread_seconds_per_call(run, calls)
                                                  : wall_seconds_per_call(run, calls);
                               }}};
  if (peer.there()) {
    compare(session.run(inputs), peer.outputs(c.inputs.front() + ".out"));
    all.push_back({"ONNX Runtime", [] {}, {}, [&](int calls) { return peer.seconds(calls, of_thread); }});
  }
  Times t;
  for (auto _ : state) t = measure_in_turn(all, {}, of_thread ? std::chrono::milliseconds(0) : kUntilOthersSleep);
  set_threads(1);
  state.counters["value:ms"] = t.seconds[0] * 1e3;
  if (!peer.there()) return;
  state.counters["peer:ONNX Runtime"] = t.seconds[1] * 1e3;
  if (c.target > 0) state.counters["target"] = t.seconds[1] / c.target * 1e3;
}

void report(benchmark::State& state, const std::string& unit, double ours, std::optional<double> theirs) {
  state.counters["value:" + unit] = ours;
  if (theirs) state.counters["peer:ONNX Runtime"] = *theirs;
}

/// Measured once for each model.
const std::optional<FirstRun>& peers(const ModelCase& c) {
  static std::map<std::string, std::optional<FirstRun>> known;
  const auto [at, is_new] = known.try_emplace(c.name);
  if (is_new) at->second = peers_first_run(c);
  return at->second;
}
const FirstRun& ours(const ModelCase& c, Cache cache) {
  static std::map<std::pair<std::string, Cache>, FirstRun> known;
  const auto [at, is_new] = known.try_emplace({c.name, cache});
  if (is_new) at->second = our_first_run(c, cache);
  return at->second;
}

using Pick = double (*)(const FirstRun&);

void first_run(benchmark::State& state, const ModelCase& c, Cache cache, const std::string& unit, Pick pick) {
  for (auto _ : state) {
    const std::optional<FirstRun>& theirs = peers(c);
    report(state, unit, pick(ours(c, cache)), theirs ? std::optional(pick(*theirs)) : std::nullopt);
  }
}

double file_megabytes(const ModelCase& c) {
  return static_cast<double>(std::filesystem::file_size(c.model)) / kMegabyte;
}
/// What there is beside the weights does not count.
bool is_large(const ModelCase& c) { return file_megabytes(c) > 64; }

double load_ms(const FirstRun& r) { return r.load * 1e3; }
double all_ms(const FirstRun& r) { return (r.load + r.first) * 1e3; }
double megabytes(const FirstRun& r) { return r.bytes / kMegabyte; }
double load_megabytes(const FirstRun& r) { return r.load_bytes / kMegabyte; }

void add_all() {
  for (const ModelCase& c : model_cases()) {
    add_once(c.name + ": run", [&c](auto& state) { latency(state, c, 1); });
    if (usable_cores() > 1) add_once(c.name + ": run, two cores", [&c](auto& state) { latency(state, c, 2); });
    add_once(c.name + ": load", [&c](auto& state) {
      first_run(state, c, Cache::Filled, "ms", load_ms);
      if (is_large(c)) state.counters["target"] = kLoadMsPerMegabyte * file_megabytes(c);
    });
    add_once(c.name + ": first result", [&c](auto& state) { first_run(state, c, Cache::Empty, "ms", all_ms); });
    add_once(c.name + ": first result, compiled before",
             [&c](auto& state) { first_run(state, c, Cache::Filled, "ms", all_ms); });
    add_once(c.name + ": memory of loading", [&c](auto& state) {
      first_run(state, c, Cache::Filled, "MB", load_megabytes);
      if (is_large(c)) state.counters["target"] = kLoadBytesPerByte * file_megabytes(c);
    });
    add_once(c.name + ": memory", [&c](auto& state) { first_run(state, c, Cache::Filled, "MB", megabytes); });
  }
}

}  // namespace
}  // namespace tenon::bench

int main(int argc, char** argv) {
  using namespace tenon;
  if (argc > 2 && std::string_view(argv[1]) == "--once") return bench::measure_first_run(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  try {
    bench::add_all();
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_onnx: {}\n", e.what());
    return 1;
  }
}
