// Reading of gzip-compressed data.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tensor/dtype.h"

namespace tenon {

/// Whether the data begins like a gzip file.
bool is_gzip(std::string_view bytes);

/// Decompresses a gzip file (any number of members, as concatenated files have) piece by piece. `bytes` and `name` must
/// outlive the reader.
class GzipReader {
 public:
  GzipReader(std::string_view bytes, const std::string& name);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  /// Fills `to`; returns how many bytes there were before the end. Throws Error when the data is corrupted or
  /// truncated; the check sum is verified when the end is reached.
  std::size_t read(std::span<std::byte> to);

  /// An upper bound of the bytes that can still come: what was read, and the best ratio that the format allows.
  i64 limit() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tenon
