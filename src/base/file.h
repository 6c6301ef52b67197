// Files, whole and in pieces. Every failure is an Error with the path and the system's reason.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/function_ref.h"

namespace tenon {

/// A file opened for reading.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  /// Bytes at the time of opening.
  std::int64_t size() const { return size_; }
  /// Fills `to` from `offset` on; throws Error where the file ends before.
  void read(std::int64_t offset, std::span<std::byte> to) const;

 private:
  std::string path_;
  int descriptor_;
  std::int64_t size_ = 0;
};

/// The whole content; throws Error when it is longer than `limit` bytes. Reads pipes too.
std::string read_file(const std::string& path, std::int64_t limit = std::int64_t{1} << 40);

/// A file being written; see write_file_atomically.
class OutputFile {
 public:
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

 private:
  friend void write_file_atomically(const std::string&, FunctionRef<void(OutputFile&)>);
  OutputFile(const std::string& path, int descriptor) : path_(path), descriptor_(descriptor) {}
  const std::string& path_;
  int descriptor_;
};

/// Lets `writer` fill a temporary file in the same folder, syncs it and renames it to `path`: a reader sees the old
/// content or the new, whatever happens. If anything throws, the temporary file is removed and `path` is as it was.
/// Something that exists and is no regular file (a device, a pipe) is written to directly.
void write_file_atomically(const std::string& path, FunctionRef<void(OutputFile&)> writer);
void write_file_atomically(const std::string& path, std::string_view content);

/// Throws the Error that writing `path` would give now for want of a folder or of permission. Leaves nothing behind,
/// and removes what killed processes have left beside it a day ago or longer.
void require_writable(const std::string& path);

}  // namespace tenon
