// ZIP archives (PKWARE APPNOTE 6.3): stored and deflated entries, 64-bit sizes; no encryption, no split archives.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"

namespace tenon {

/// The entries of an archive that lies in memory, which must outlive the reader. Everything is checked: a damaged or
/// hostile archive is an Error, and no entry takes more memory than deflate can have saved.
class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t stored_bytes = 0, bytes = 0, header = 0;
  };

  ZipReader(std::span<const std::byte> archive, std::string name);
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<std::byte> extract(const Entry& entry) const;

 private:
  std::span<const std::byte> archive_;
  std::string name_;
  std::vector<Entry> entries_;
};

/// Writes entries without compression and without a time, so that equal content gives equal bytes.
class ZipWriter {
 public:
  explicit ZipWriter(OutputFile& file) : file_(file) {}
  /// One entry made of the pieces in order.
  void add(const std::string& name, std::initializer_list<std::span<const std::byte>> pieces);
  /// Writes the directory; nothing may follow.
  void finish();

 private:
  void write(const std::string& text);

  OutputFile& file_;
  std::uint64_t position_ = 0, count_ = 0;
  std::string directory_;
};

}  // namespace tenon
