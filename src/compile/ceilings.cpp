#include "compile/ceilings.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>
#include <mutex>
#include <tuple>

#include "base/thread_pool.h"
#include "compile/compiler.h"
#include "machine/processor.h"
#include "runtime/object.h"
#include "tensor/storage.h"

namespace tenon {

namespace {

using runtime::Probe;

constexpr double kSampleSeconds = 1e-3, kLongestWait = 10e-3;
constexpr int kSamples = 15, kSamplesOfMemory = 9;
constexpr double kTogether = 0.9;  ///< share of the time that threads run at once, where they do
// Arrays do not begin at the same place of a page: a load would wait for a store 4096 bytes before it.
constexpr i64 kApart = 17 * 64;
constexpr i64 kLine = 64;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct LoadedProbes {
  std::vector<Probe> list;
  std::shared_ptr<const runtime::Object> code;
};

const LoadedProbes& loaded_probes() {
  static const LoadedProbes loaded = [] {
    runtime::Probes made = compiler().probes();
    return LoadedProbes{std::move(made.list), runtime::Object::load(made.object)};
  }();
  return loaded;
}

}  // namespace

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

Measured summary_of(std::vector<double> samples) {
  expect(!samples.empty(), "there are samples");
  std::ranges::sort(samples);
  const std::size_t n = samples.size();
  Measured m{samples[n / 2], samples.front(), samples.back(), 0};
  if (m.median > 0) m.spread = (samples[n - 1 - n / 4] - samples[n / 4]) / m.median;
  return m;
}

std::string_view access_name(Access a) {
  constexpr std::string_view names[] = {
      "compute", "read", "write", "copy", "triad", "non-temporal write", "non-temporal copy", "non-temporal triad"};
  return names[static_cast<int>(a)];
}

/// A probe with the memory that each thread's call works on.
struct Ceiling::State {
  Probe probe;
  runtime::KernelFn fn = nullptr;
  i64 blocks = 0;  ///< of each array
  std::vector<std::shared_ptr<Storage>> memory;
  std::vector<std::vector<void*>> buffers;  ///< by thread
  double per_repetition = 0;                ///< operations or bytes, of all threads
  i64 repetitions = 1;                      ///< of a sample
  bool disturbed = false;

  State(const Probe& p, i64 bytes, int threads) : probe(p), fn(loaded_probes().code->find(p.symbol)) {
    expect(fn != nullptr, "the probe's code is in the object");
    const i64 arrays = runtime::arrays_of(probe.kind);
    if (arrays > 0) blocks = std::max<i64>(1, bytes / (arrays * runtime::kProbeBlock));
    for (int t = 0; t < threads; ++t) add_thread(arrays);
    per_repetition = arrays == 0 ? probe.operations : static_cast<double>(blocks * arrays * runtime::kProbeBlock);
    per_repetition *= threads;
    calibrate();
  }

  /// Seconds of a sample.
  double run() {
    if (buffers.size() == 1) {
      const double begin = thread_seconds();
      run_on(0);
      return thread_seconds() - begin;
    }
    // Where other programs take a processor away, threads run one after the other: that is measured again, for a while.
    for (;;) {
      const auto [seconds, together] = run_side_by_side();
      if (together) return seconds;
      disturbed = attempts_left == 0;
      if (disturbed) return seconds;
      --attempts_left;
    }
  }

 private:
  int attempts_left = 10;
  struct Slice {
    double begin = 0, end = 0, ran = 0;  ///< by the clock; and how long it had a processor
  };

  void run_on(std::size_t thread) {
    runtime::Fault fault;
    fn(buffers[thread].data(), 0, repetitions, &fault);
  }

  /// Seconds by the clock and true, where all threads really ran all the time; else of all threads together.
  std::pair<double, bool> run_side_by_side() {
    const auto count = static_cast<i64>(buffers.size());
    std::vector<Slice> slices(buffers.size());
    std::atomic<i64> begun = 0;
    parallel_for(count, 1, [&](i64 from, i64 to) {
      begun += to - from;
      if (to - from < count) wait_for(begun, count);
      for (i64 t = from; t < to; ++t) {
        Slice& s = slices[static_cast<std::size_t>(t)];
        s.begin = now();
        const double before = thread_seconds();
        run_on(static_cast<std::size_t>(t));
        s.ran = thread_seconds() - before;
        s.end = now();
      }
    });
    Slice all = slices[0];
    double shortest = HUGE_VAL, sum = 0;
    bool together = true;
    for (const Slice& s : slices) {
      all.begin = std::min(all.begin, s.begin);
      all.end = std::max(all.end, s.end);
      shortest = std::min(shortest, s.end - s.begin);
      sum += s.ran;
      together &= s.ran > kTogether * (s.end - s.begin);
    }
    together &= shortest > kTogether * (all.end - all.begin);
    return {together ? all.end - all.begin : sum, together};
  }

  /// For a thread that must share its processor with other programs only so long.
  static void wait_for(const std::atomic<i64>& begun, i64 count) {
    const double end = now() + kLongestWait;
    while (begun < count && now() < end) {
    }  // without giving the processor away
  }

  /// The arrays, then one line each for a result, a number of blocks and zeros.
  void add_thread(i64 arrays) {
    const i64 each = blocks * runtime::kProbeBlock + kApart;
    memory.push_back(Storage::allocate(arrays * each + 3 * kLine));
    std::byte* base = memory.back()->data();
    std::fill_n(base, arrays * each + 3 * kLine, std::byte{0});
    std::byte* lines = base + arrays * each;
    *reinterpret_cast<i64*>(lines + kLine) = blocks;
    std::vector<void*>& b = buffers.emplace_back();
    if (probe.kind == Access::Compute || probe.kind == Access::Read) b.push_back(lines);
    for (i64 a = 0; a < arrays; ++a) b.push_back(base + a * each);
    b.push_back(probe.kind == Access::Compute ? lines + 2 * kLine : lines + kLine);
  }

  void calibrate() {
    const auto seconds = [&] {
      const double begin = thread_seconds();
      run_on(0);
      return thread_seconds() - begin;
    };
    seconds();  // caches and pages
    for (double s; (s = seconds()) < kSampleSeconds / 2;) repetitions *= s < kSampleSeconds / 16 ? 8 : 2;
  }
};

Ceiling Ceiling::compute(DType t, int threads) {
  for (const Probe& p : loaded_probes().list)
    if (p.kind == Access::Compute && p.type == t) return Ceiling(std::make_shared<State>(p, 0, threads));
  fail("the peak of {} is not measured; there are f32, f64, bf16 and i8", t);
}

Ceiling Ceiling::memory(Access a, i64 bytes, int threads) {
  for (const Probe& p : loaded_probes().list)
    if (a != Access::Compute && p.kind == a) return Ceiling(std::make_shared<State>(p, bytes, threads));
  throw InternalError("every access has a probe");
}

double Ceiling::sample() const {
  return state_->per_repetition * static_cast<double>(state_->repetitions) / state_->run();
}

Measured Ceiling::measure(int samples) const {
  std::vector<double> rates;
  for (int k = 0; k < samples; ++k) rates.push_back(sample());
  return summary_of(std::move(rates));
}

const Probe& Ceiling::probe() const { return state_->probe; }
bool Ceiling::disturbed() const { return state_->disturbed; }

double MemoryLevel::bandwidth(Access a, bool all_threads) const {
  for (const Bandwidth& b : bandwidths)
    if (b.access == a) return all_threads ? b.all.median : b.one.median;
  return 0;
}

double Ceilings::peak(DType t, bool all_threads) const {
  for (const ComputePeak& p : compute)
    if (p.type == t) return all_threads ? p.all.median : p.one.median;
  fail("the peak of {} is not measured; there are f32, f64, bf16 and i8", t);
}

const MemoryLevel& Ceilings::level_of(i64 bytes) const { return tenon::level_of(bytes, 1, memory); }

const MemoryLevel& level_of(i64 bytes, i64 threads, const std::vector<MemoryLevel>& levels) {
  for (const MemoryLevel& level : levels)
    if (level.size >= (level.shared ? bytes : bytes / threads)) return level;
  return levels.back();
}

namespace {

/// Without rates. A cache is measured with half of its size, memory with four times that of the last cache.
std::vector<MemoryLevel> levels_of(const Processor& p) {
  constexpr i64 kLeast = i64{128} << 20, kMost = i64{1} << 30, kOfManyCores = i64{4} << 20;
  std::vector<MemoryLevel> levels;
  i64 largest = 0;
  for (const CacheLevel& cache : p.caches) {
    // Small ones are shared by the threads of one core only. Of a large one, a part is all that one process of many can
    // count on.
    const bool shared = cache.shared && cache.bytes >= kOfManyCores;
    const i64 working_set = shared ? std::min<i64>(cache.bytes / 2, i64{8} << 20) : cache.bytes / 2;
    levels.push_back({fmt::format("L{}", levels.size() + 1), cache.bytes, working_set, shared, {}});
    largest = std::max(largest, cache.bytes);
  }
  levels.push_back({"DRAM", 0, std::clamp(4 * largest, kLeast, kMost), true, {}});
  return levels;
}

std::vector<Access> accesses_of(const MemoryLevel& level) {
  using enum Access;
  if (level.size > 0) return {Read, Write, Copy, Triad};
  return {Read, Write, Copy, Triad, StreamWrite, StreamCopy, StreamTriad};
}

/// "L1 read": what a step of the measurement is called.
std::string step_name(const MemoryLevel& level, Access a) { return fmt::format("{} {}", level.name, access_name(a)); }

/// Of all threads, noting whether other programs let them run.
Measured measured_on_all(const Ceiling& ceiling, int samples, Ceilings& c) {
  const Measured m = ceiling.measure(samples);
  c.disturbed |= ceiling.disturbed();
  return m;
}

int samples_of(const MemoryLevel& level) { return level.size > 0 ? kSamples : kSamplesOfMemory; }

/// Bytes of each thread.
i64 working_set_of_each(const MemoryLevel& level, int threads) {
  // Of a few threads each has as much memory as one alone.
  const i64 shares = level.size > 0 ? threads : (threads + 3) / 4;
  return level.shared ? level.working_set / shares : level.working_set;
}

Bandwidth measured(const MemoryLevel& level, Access a, Ceilings& c) {
  const int samples = samples_of(level);
  const i64 each = working_set_of_each(level, c.threads);
  Bandwidth b{a, Ceiling::memory(a, level.working_set).measure(samples), {}};
  b.all = c.threads == 1 ? b.one : measured_on_all(Ceiling::memory(a, each, c.threads), samples, c);
  return b;
}

Measured fork_and_join() {
  constexpr int kCalls = 200;
  std::vector<double> seconds;
  for (int k = 0; k < 31; ++k) {
    const double begin = now();
    for (int call = 0; call < kCalls; ++call) parallel_for(threads(), 1, [](i64, i64) {});
    seconds.push_back((now() - begin) / kCalls);
  }
  return summary_of(std::move(seconds));
}

}  // namespace

Ceilings measure_ceilings(const CeilingProgress& progress) {
  const Processor& host = host_processor();
  Ceilings c{host.name, threads(), {}, levels_of(host), {}};
  double steps = 5, done = 0;  // four types, and the threads
  for (const MemoryLevel& level : c.memory) steps += static_cast<double>(accesses_of(level).size());
  const auto next = [&](const std::string& name) {
    if (progress) progress(done++ / steps, name);
  };
  for (const DType t : {DType::F32, DType::F64, DType::BF16, DType::I8}) {
    next(fmt::format("{} products", name_of(t)));
    const Ceiling one = Ceiling::compute(t);
    ComputePeak peak{t, one.probe().instruction, one.measure(kSamples), {}};
    peak.all = c.threads == 1 ? peak.one : measured_on_all(Ceiling::compute(t, c.threads), kSamples, c);
    c.compute.push_back(peak);
  }
  for (MemoryLevel& level : c.memory)
    for (const Access a : accesses_of(level)) {
      next(step_name(level, a));
      level.bandwidths.push_back(measured(level, a, c));
    }
  next("threads");
  c.fork_join = fork_and_join();
  if (progress) progress(1, "");
  return c;
}

const Ceilings& measured_ceilings() {
  static const Ceilings measured = measure_ceilings();
  return measured;
}

double measured_peak(DType t, int threads) {
  static std::mutex mutex;
  static std::map<std::pair<DType, int>, double> known;
  std::lock_guard lock(mutex);
  double& peak = known[{t, threads}];
  if (peak == 0) peak = Ceiling::compute(t, threads).measure(kSamples).median;
  return peak;
}

const std::vector<MemoryLevel>& memory_levels() {
  static const std::vector<MemoryLevel> levels = levels_of(host_processor());
  return levels;
}

double measured_bandwidth(const MemoryLevel& level, Access a, int threads) {
  static std::mutex mutex;
  static std::map<std::tuple<std::string, Access, int>, double> known;
  std::lock_guard lock(mutex);
  double& rate = known[{level.name, a, threads}];
  if (rate == 0)
    rate = Ceiling::memory(a, working_set_of_each(level, threads), threads).measure(samples_of(level)).median;
  return rate;
}

}  // namespace tenon
