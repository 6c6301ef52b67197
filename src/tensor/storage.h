// Owned, aligned, accounted memory.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>

#include "tensor/dtype.h"

namespace tenon {

/// Where memory lives. Only the host exists so far; the field is part of every Storage.
struct Device {
  enum class Kind : std::uint8_t { Host } kind = Kind::Host;
  int index = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Live and peak bytes of all Storage in this process, and bytes kept for reuse.
struct MemoryUse {
  i64 live = 0, peak = 0, cached = 0;
};
MemoryUse memory_use();
void reset_peak_memory();
/// Gives memory kept for reuse back to the system.
void release_cached_memory();

/// A block of memory, 64-byte aligned (also its size is rounded up to 64, and the tail may be read).
/// Freed blocks are kept for reuse up to a bound, because fresh pages cost more than a kernel that fills them.
class Storage {
 public:
  /// Uninitialised memory. Throws Error naming the size when it cannot be had.
  static std::shared_ptr<Storage> allocate(i64 bytes, Device device = {});
  /// Memory owned by somebody else; `release` is called once when the last user is gone.
  static std::shared_ptr<Storage> adopt(void* data, i64 bytes, std::function<void()> release, Device device = {});

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage();

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  i64 bytes() const { return bytes_; }
  Device device() const { return device_; }

 private:
  Storage() = default;
  std::byte* data_ = nullptr;
  i64 bytes_ = 0;
  Device device_;
  std::function<void()> release_;  // empty: owned
};

}  // namespace tenon
