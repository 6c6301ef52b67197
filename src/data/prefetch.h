// Making things ahead of their use, in a thread.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tenon {

/// Calls `produce` in a thread of its own until it returns nothing or throws, at most `depth` (at least 1) items ahead
/// of next(). Destruction waits for the call of `produce` that is under way, and for no other.
template <class T>
class Prefetcher {
 public:
  Prefetcher(std::function<std::optional<T>()> produce, std::size_t depth)
      : produce_(std::move(produce)), depth_(depth), thread_([this] { run(); }) {}
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;
  ~Prefetcher() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
    thread_.join();
  }

  /// The next item in order; nothing at the end, also when asked again. Throws what `produce` threw, after the items
  /// before it.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return !items_.empty() || ended_; });
    if (items_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    room_.notify_one();
    return item;
  }

 private:
  void run() {
    std::exception_ptr error;
    try {
      while (wait_for_room()) {
        std::optional<T> item = produce_();
        if (!item) break;
        {
          std::lock_guard lock(mutex_);
          items_.push_back(std::move(*item));
        }
        ready_.notify_one();
      }
    } catch (...) {
      error = std::current_exception();
    }
    {
      std::lock_guard lock(mutex_);
      error_ = error;
      ended_ = true;
    }
    ready_.notify_all();
  }

  /// False when the owner is going away.
  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < depth_ || stopped_; });
    return !stopped_;
  }

  std::function<std::optional<T>()> produce_;
  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  std::deque<T> items_;
  std::exception_ptr error_;
  bool ended_ = false, stopped_ = false;
  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace tenon
