#include "base/thread_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/cores.h"
#include "base/error.h"

namespace tenon {
namespace {

using Index = std::int64_t;
constexpr int kMaxThreads = 1024;
/// Longer than waking a sleeping thread takes: else one that wakes up late for each short kernel never catches up.
constexpr auto kSpinTime = std::chrono::microseconds(200);

thread_local bool inside_parallel_for = false;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits for `done()` without sleeping, for about kSpinTime; false when it did not come true.
template <class Done>
bool spin_until(Done done) {
  constexpr int kLooksPerClock = 64;
  for (int k = 0; k < kLooksPerClock; ++k) {
    if (done()) return true;
    pause();
  }
  for (auto start = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - start < kSpinTime;) {
    for (int k = 0; k < kLooksPerClock; ++k) {
      if (done()) return true;
      pause();
    }
  }
  return false;
}

struct Job {
  FunctionRef<void(Index, Index)> body;
  Index extent, grain, blocks, parts;

  void run(Index part) const {
    Index begin = boundary(part), end = boundary(part + 1);
    body(begin, end);
  }

 private:
  Index boundary(Index part) const {
    Index each = blocks / parts, more = blocks % parts;  // the first `more` parts get one block more
    Index block = part * each + std::min(part, more);
    return block >= blocks ? extent : block * grain;
  }
};

// A thread with a mailbox for one job.
class Worker {
 public:
  Worker(Index part, bool spins) : part_(part), spins_(spins), thread_([this] { loop(); }) {}
  ~Worker() {
    post(nullptr);
    thread_.join();
  }

  /// Hands over a job (nullptr: the thread ends). The worker must be idle.
  void post(const Job* job) {
    job_ = job;
    if (state_.exchange(kPosted, std::memory_order_acq_rel) == kAsleep) state_.notify_one();
  }

  /// Returns when the posted job is done, with what it threw. A job that the worker has not begun, because other
  /// processes keep its processor busy or it is still waking up, is done here and now.
  std::exception_ptr finish() {
    if (moved(kPosted, kIdle)) {
      work();
    } else if (!(spins_ && spin_until([&] { return current() < kPosted; }))) {
      moved(kRunning, kAwaited);
      while (current() >= kPosted) state_.wait(kAwaited, std::memory_order_acquire);
    }
    return std::exchange(error_, nullptr);
  }

 private:
  using State = int;  // the type that the kernel can wait for
  static constexpr State kIdle = 0, kAsleep = 1, kPosted = 2, kRunning = 3, kAwaited = 4;

  State current() const { return state_.load(std::memory_order_acquire); }
  bool moved(State from, State to) { return state_.compare_exchange_strong(from, to, std::memory_order_acq_rel); }

  void loop() {
    inside_parallel_for = true;
    for (;;) {
      wait_until_posted();
      if (!moved(kPosted, kRunning)) continue;
      if (!job_) return;
      work();
      if (state_.exchange(kIdle, std::memory_order_acq_rel) == kAwaited) state_.notify_one();
    }
  }

  // May return early.
  void wait_until_posted() {
    if (spins_ && spin_until([&] { return current() == kPosted; })) return;
    if (moved(kIdle, kAsleep)) state_.wait(kAsleep, std::memory_order_acquire);
  }

  void work() {
    try {
      job_->run(part_);
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  alignas(64) std::atomic<State> state_ = kIdle;
  const Job* job_ = nullptr;
  std::exception_ptr error_;
  const Index part_;
  const bool spins_;
  std::thread thread_;
};

// New threads leave signals to the thread that the program began with.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

int initial_threads() {
  const char* text = std::getenv("TENON_THREADS");
  if (!text) return std::min(usable_cores(), kMaxThreads);
  std::string_view digits(text);
  int count = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  require(error == std::errc() && end == digits.data() + digits.size() && count >= 1 && count <= kMaxThreads,
          "TENON_THREADS='{}' is not a number from 1 to {}", digits, kMaxThreads);
  return count;
}

class Pool {
 public:
  // Never destroyed: its threads sleep until the process ends.
  static Pool& instance() {
    static Pool& pool = *new Pool;
    return pool;
  }

  int threads() const { return threads_.load(std::memory_order_relaxed); }

  void set_threads(int count) {
    require(count >= 1 && count <= kMaxThreads, "the number of threads must be from 1 to {}, not {}", kMaxThreads,
            count);
    require(!inside_parallel_for, "the number of threads cannot be changed from inside of a parallel loop");
    std::lock_guard lock(mutex_);
    if (count == threads()) return;
    workers_.clear();
    threads_ = count;
  }

  /// False when another thread is using the pool.
  bool run(const Job& job) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    Job mine = job;
    mine.parts = std::min<Index>(job.parts, threads());
    start_workers(mine.parts - 1);
    std::size_t others = static_cast<std::size_t>(mine.parts - 1);
    for (std::size_t k = 0; k < others; ++k) workers_[k]->post(&mine);
    std::exception_ptr first;
    inside_parallel_for = true;
    try {
      mine.run(0);
    } catch (...) {
      first = std::current_exception();
    }
    for (std::size_t k = 0; k < others; ++k) {
      std::exception_ptr error = workers_[k]->finish();
      if (error && !first) first = error;
    }
    inside_parallel_for = false;
    if (first) std::rethrow_exception(first);
    return true;
  }

 private:
  void start_workers(Index count) {
    if (static_cast<Index>(workers_.size()) >= count) return;
    SignalsBlocked blocked;
    bool spins = threads() <= usable_cores();
    while (static_cast<Index>(workers_.size()) < count) {
      workers_.push_back(std::make_unique<Worker>(static_cast<Index>(workers_.size()) + 1, spins));
    }
  }

  std::mutex mutex_;
  std::atomic<int> threads_ = initial_threads();
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

int threads() { return Pool::instance().threads(); }
void set_threads(int count) { Pool::instance().set_threads(count); }

void parallel_for(std::int64_t extent, std::int64_t grain, FunctionRef<void(std::int64_t, std::int64_t)> body) {
  expect(grain >= 1, "the grain of a parallel loop is at least 1");
  if (extent <= 0) return;
  Index blocks = (extent - 1) / grain + 1;
  Index parts = inside_parallel_for || blocks == 1 ? 1 : std::min<Index>(blocks, threads());
  if (parts > 1 && Pool::instance().run({body, extent, grain, blocks, parts})) return;
  body(0, extent);
}

}  // namespace tenon
