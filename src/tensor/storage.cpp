#include "tensor/storage.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <vector>

namespace tenon {
namespace {

using Bytes = std::size_t;
constexpr Bytes kAlignment = 64, kHugePage = Bytes{1} << 21;

constexpr bool under_address_sanitizer() {
#if defined(__SANITIZE_ADDRESS__)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return true;
#else
  return false;
#endif
#else
  return false;
#endif
}

Bytes physical_memory() {
  static const Bytes bytes = static_cast<Bytes>(sysconf(_SC_PHYS_PAGES)) * static_cast<Bytes>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// TENON_CACHE_BYTES, or 1 GiB or a quarter of the memory, whichever is less. The address sanitizer sees uses of
// freed memory only when it is really freed.
Bytes cache_bound() {
  if (under_address_sanitizer()) return 0;
  if (const char* text = std::getenv("TENON_CACHE_BYTES")) {
    std::string_view digits(text);
    Bytes bound = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bound);
    require(error == std::errc() && end == digits.data() + digits.size() && !digits.empty(),
            "TENON_CACHE_BYTES='{}' is not a number of bytes", digits);
    return bound;
  }
  return std::min(Bytes{1} << 30, physical_memory() / 4);
}

// Four sizes per doubling, so that a block is at most a quarter larger than asked for; all are multiples of 64 bytes.
Bytes size_class(Bytes bytes) {
  bytes = std::max((bytes + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
  Bytes step = std::max(std::bit_floor(bytes) / 4, kAlignment);
  return (bytes + step - 1) / step * step;
}

Bytes class_index(Bytes capacity) {
  Bytes log2 = static_cast<Bytes>(std::bit_width(capacity)) - 1;
  return log2 * 4 + ((capacity >> (log2 - 2)) & 3);
}

std::byte* system_allocate(Bytes capacity) {
  if (capacity > physical_memory()) return nullptr;
  bool huge = capacity >= kHugePage;
  Bytes alignment = huge ? kHugePage : kAlignment;
  void* data = std::aligned_alloc(alignment, (capacity + alignment - 1) / alignment * alignment);
  if (data && huge) madvise(data, capacity, MADV_HUGEPAGE);
  return static_cast<std::byte*>(data);
}

// Freed blocks by size class, the oldest of each class in front, and the accounts of all of Storage.
class Pool {
 public:
  // The one pool; never destroyed, because a Storage may outlive every other static object.
  static Pool& instance() {
    static Pool& pool = *new Pool;
    return pool;
  }

  std::byte* take(Bytes bytes) {
    Bytes capacity = size_class(bytes);
    std::unique_lock lock(mutex_);
    std::byte* data = take_cached(capacity);
    if (!data) {
      lock.unlock();
      data = system_allocate(capacity);
      if (!data) {
        shrink_to(0);
        data = system_allocate(capacity);
      }
      if (!data) return nullptr;
      lock.lock();
    }
    use_.live += static_cast<i64>(bytes);
    use_.peak = std::max(use_.peak, use_.live);
    return data;
  }

  void give(std::byte* data, Bytes bytes) {
    Bytes capacity = size_class(bytes);
    {
      std::lock_guard lock(mutex_);
      use_.live -= static_cast<i64>(bytes);
      if (capacity <= bound_) {
        free_[class_index(capacity)].push_back({data, capacity, ++clock_});
        use_.cached += static_cast<i64>(capacity);
        data = nullptr;
      }
    }
    std::free(data);
    shrink_to(bound_);
  }

  // Frees the blocks that have waited longest until at most `bound` bytes are kept.
  void shrink_to(Bytes bound) {
    std::lock_guard lock(mutex_);
    while (use_.cached > static_cast<i64>(bound)) {
      auto age = [](const std::vector<Block>& list) { return list.empty() ? ~0ull : list.front().freed_at; };
      auto& oldest = *std::ranges::min_element(free_, {}, age);
      use_.cached -= static_cast<i64>(oldest.front().capacity);
      std::free(oldest.front().data);
      oldest.erase(oldest.begin());
    }
  }

  MemoryUse use() {
    std::lock_guard lock(mutex_);
    return use_;
  }

  void reset_peak() {
    std::lock_guard lock(mutex_);
    use_.peak = use_.live;
  }

 private:
  struct Block {
    std::byte* data;
    Bytes capacity;
    unsigned long long freed_at;
  };

  std::byte* take_cached(Bytes capacity) {
    auto& list = free_[class_index(capacity)];
    if (list.empty()) return nullptr;
    std::byte* data = list.back().data;
    list.pop_back();
    use_.cached -= static_cast<i64>(capacity);
    return data;
  }

  std::mutex mutex_;
  const Bytes bound_ = cache_bound();
  std::array<std::vector<Block>, 256> free_;
  unsigned long long clock_ = 0;
  MemoryUse use_;
};

}  // namespace

MemoryUse memory_use() { return Pool::instance().use(); }
void reset_peak_memory() { Pool::instance().reset_peak(); }
void release_cached_memory() { Pool::instance().shrink_to(0); }

std::shared_ptr<Storage> Storage::allocate(i64 bytes, Device device) {
  require(bytes >= 0, "cannot allocate {} bytes", bytes);
  std::shared_ptr<Storage> storage(new Storage);
  constexpr i64 kAddressable = i64{1} << 56;
  storage->data_ = bytes < kAddressable ? Pool::instance().take(static_cast<Bytes>(bytes)) : nullptr;
  require(storage->data_ != nullptr, "cannot allocate {} bytes ({:.1f} GiB): this machine has {:.1f} GiB of memory",
          bytes, static_cast<double>(bytes) / 0x1p30, static_cast<double>(physical_memory()) / 0x1p30);
  storage->bytes_ = bytes;
  storage->device_ = device;
  return storage;
}

std::shared_ptr<Storage> Storage::adopt(void* data, i64 bytes, std::function<void()> release, Device device) {
  expect(bytes >= 0 && (data != nullptr || bytes == 0), "adopted memory has an address and a size");
  std::shared_ptr<Storage> storage(new Storage);
  storage->data_ = static_cast<std::byte*>(data);
  storage->bytes_ = bytes;
  storage->device_ = device;
  storage->release_ = release ? std::move(release) : [] {};
  return storage;
}

Storage::~Storage() {
  if (release_) {
    release_();
  } else if (data_) {
    Pool::instance().give(data_, static_cast<Bytes>(bytes_));
  }
}

}  // namespace tenon
