// The content of a file as memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tenon {

/// Pages are read when they are touched, and are one with the system's own copy until they are written, which no file
/// and no other reader sees. For files that are replaced and never cut: a page beyond the end kills the process.
class MappedFile {
 public:
  /// Throws Error where there is no such file, or it has more than `limit` bytes.
  MappedFile(const std::string& path, std::int64_t limit);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tenon
