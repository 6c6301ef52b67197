// What this machine can do at best, measured here and now with kernels that Tenon generates.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/probe.h"

namespace tenon {

/// A rate, or a time, sampled many times.
struct Measured {
  double median = 0, lowest = 0, highest = 0;
  double spread = 0;  ///< the middle half of the samples, as a share of the median
};
Measured summary_of(std::vector<double> samples);

/// How long this thread has been running on a processor: what other programs take from it does not count.
double thread_seconds();

using Access = runtime::Probe::Kind;
std::string_view access_name(Access a);  ///< "read", "non-temporal copy"

/// One limit of the machine, ready to be sampled, again and again and in turn with what it is compared with.
class Ceiling {
 public:
  /// Multiplications and additions per second of `threads` threads, of f32, f64, bf16 or i8. Types without an
  /// instruction for products are computed as Tenon computes them, in wider ones. Throws Error for other types.
  static Ceiling compute(DType t, int threads = 1);
  /// Bytes per second, read and written, of arrays that have `bytes` bytes all together for each thread.
  static Ceiling memory(Access a, i64 bytes, int threads = 1);

  /// The rate over about a millisecond, or over one pass over the arrays where that takes longer. Of one thread by the
  /// time that it runs (thread_seconds); of several by the clock, while all run, unless other programs leave no such
  /// moment.
  double sample() const;
  Measured measure(int samples) const;
  const runtime::Probe& probe() const;
  /// Whether samples of several threads are too low, because other programs left no moment in which all ran.
  bool disturbed() const;

 private:
  struct State;
  explicit Ceiling(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

struct ComputePeak {
  DType type = DType::F32;
  std::string instruction;
  Measured one, all;  ///< operations per second on one core, and on all threads
};

struct Bandwidth {
  Access access = Access::Read;
  Measured one, all;  ///< bytes per second
};

struct MemoryLevel {
  std::string name;     ///< "L1", "L2", "L3", "DRAM"
  i64 size = 0;         ///< of the cache; 0: memory
  i64 working_set = 0;  ///< that was measured; of each thread where the level is its own, else of all together
  bool shared = false;
  std::vector<Bandwidth> bandwidths;
  /// 0 where this access was not measured.
  double bandwidth(Access a, bool all_threads = false) const;
};

struct Ceilings {
  std::string processor;
  int threads = 1;  ///< that `all` means
  std::vector<ComputePeak> compute;
  std::vector<MemoryLevel> memory;  ///< the nearest first
  Measured fork_join;               ///< seconds of a parallel loop that does nothing
  bool disturbed = false;           ///< other programs kept processors busy: figures of all threads are too low

  double peak(DType t, bool all_threads = false) const;
  /// Of the level in which a working set of so many bytes stays.
  const MemoryLevel& level_of(i64 bytes) const;
};

/// After each step: how much is done (0 to 1), and what comes next.
using CeilingProgress = std::function<void(double done, const std::string& next)>;
/// Takes a few seconds. `all` is what threads() says.
Ceilings measure_ceilings(const CeilingProgress& progress = {});
/// The same, once per process.
const Ceilings& measured_ceilings();
/// The median of operations per second, measured once per process, type and number of threads; takes some milliseconds.
double measured_peak(DType t, int threads = 1);

/// The levels of this machine's memory, without bandwidths.
const std::vector<MemoryLevel>& memory_levels();
/// The one in which a working set of so many bytes stays, of which each of `threads` has a share: a cache that they share
/// holds it whole, and others hold a share each.
const MemoryLevel& level_of(i64 bytes, i64 threads = 1, const std::vector<MemoryLevel>& levels = memory_levels());
/// Likewise the median of bytes per second; of DRAM it takes about a second.
double measured_bandwidth(const MemoryLevel& level, Access a, int threads = 1);

}  // namespace tenon
