#include "runtime/scratch.h"

#include <sys/mman.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"

namespace tenon::runtime {

namespace {

constexpr std::int64_t kHugePage = std::int64_t{2} << 20;

struct Freed {
  void operator()(void* p) const { std::free(p); }
};

struct Scratch {
  std::unique_ptr<void, Freed> memory;
  std::int64_t bytes = 0;
};

}  // namespace

void* scratch(std::int64_t bytes) {
  thread_local Scratch mine;
  if (bytes == 0) return nullptr;
  if (bytes <= mine.bytes) return mine.memory.get();
  const bool is_large = bytes > kHugePage / 8;
  const std::int64_t page = is_large ? kHugePage : 64, rounded = (bytes + page - 1) / page * page;
  mine = {};
  mine.memory.reset(std::aligned_alloc(static_cast<std::size_t>(page), static_cast<std::size_t>(rounded)));
  require(mine.memory != nullptr, "there is no memory for {} bytes that a kernel works in", rounded);
  if (is_large) madvise(mine.memory.get(), static_cast<std::size_t>(rounded), MADV_HUGEPAGE);
  mine.bytes = rounded;
  return mine.memory.get();
}

}  // namespace tenon::runtime
