#include "data/idx.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "base/file.h"
#include "data/gzip.h"

namespace tenon {
namespace {

constexpr i64 kMaxIdxBytes = i64{1} << 33;
constexpr std::size_t kMaxRank = 6;

std::optional<DType> dtype_of_code(unsigned char code) {
  switch (code) {
    case 0x08: return DType::U8;
    case 0x09: return DType::I8;
    case 0x0B: return DType::I16;
    case 0x0C: return DType::I32;
    case 0x0D: return DType::F32;
    case 0x0E: return DType::F64;
    default: return std::nullopt;
  }
}

/// Reads `size` bytes at the current position of the plain or compressed content.
class Content {
 public:
  Content(std::string_view bytes, const std::string& name) : name_(name), rest_(bytes) {
    if (is_gzip(bytes)) gzip_.emplace(bytes, name);
  }

  void read(std::span<std::byte> to, std::string_view what) {
    std::size_t got = gzip_ ? gzip_->read(to) : take(to);
    require(got == to.size(), "{}: truncated: {} needs {} bytes, only {} are left", name_, what, to.size(), got);
  }

  /// Bytes that can still come at most.
  i64 limit() const { return gzip_ ? gzip_->limit() : static_cast<i64>(rest_.size()); }

  void finish() {
    std::byte one;
    std::size_t more = gzip_ ? gzip_->read({&one, 1}) : rest_.size();
    require(more == 0, "{}: there is more data than the header announces", name_);
  }

 private:
  std::size_t take(std::span<std::byte> to) {
    std::size_t n = std::min(to.size(), rest_.size());
    if (n > 0) std::memcpy(to.data(), rest_.data(), n);
    rest_.remove_prefix(n);
    return n;
  }

  const std::string& name_;
  std::string_view rest_;
  std::optional<GzipReader> gzip_;
};

Type read_header(Content& content, const std::string& name) {
  std::array<unsigned char, 4> magic;
  content.read(std::as_writable_bytes(std::span(magic)), "the magic number");
  std::optional<DType> dtype = dtype_of_code(magic[2]);
  require(magic[0] == 0 && magic[1] == 0 && dtype.has_value(),
          "{}: not an IDX file: it begins with {:02x} {:02x} {:02x} {:02x}, expected 00 00, an element type "
          "(08, 09, 0b, 0c, 0d or 0e) and the number of dimensions",
          name, magic[0], magic[1], magic[2], magic[3]);
  require(magic[3] >= 1 && magic[3] <= kMaxRank, "{}: the IDX header announces {} dimensions, expected 1 to {}", name,
          magic[3], kMaxRank);
  Shape shape;
  for (int axis = 0; axis < magic[3]; ++axis) {
    std::array<unsigned char, 4> b;
    content.read(std::as_writable_bytes(std::span(b)), "a dimension of the header");
    shape.push_back(i64{b[0]} << 24 | i64{b[1]} << 16 | i64{b[2]} << 8 | i64{b[3]});
  }
  return {*dtype, shape};
}

/// Throws Error when an array of this type cannot come out of `limit` bytes.
void check_size(const Type& type, i64 limit, const std::string& name) {
  i64 width = bytes_of(type.dtype, 1), most = limit / width;
  i64 count = 1;
  for (i64 extent : type.shape) {
    if (extent == 0) return;
  }
  for (i64 extent : type.shape) {
    require(count <= most / extent,
            "{}: truncated or corrupted: the header announces {}, but at most {} bytes can follow it", name, type,
            limit);
    count *= extent;
  }
}

void from_big_endian(std::span<std::byte> data, std::size_t width) {
  if constexpr (std::endian::native == std::endian::little) {
    if (width == 1) return;
    for (std::size_t i = 0; i < data.size(); i += width) {
      std::reverse(data.begin() + static_cast<std::ptrdiff_t>(i),
                   data.begin() + static_cast<std::ptrdiff_t>(i + width));
    }
  }
}

}  // namespace

Array parse_idx(std::string_view bytes, const std::string& name) {
  require(!bytes.empty(), "{}: the file is empty", name);
  Content content(bytes, name);
  Type type = read_header(content, name);
  check_size(type, content.limit(), name);
  Array array(type);
  std::span<std::byte> data(static_cast<std::byte*>(array.raw()), static_cast<std::size_t>(array.bytes()));
  content.read(data, "the data");
  content.finish();
  from_big_endian(data, static_cast<std::size_t>(bytes_of(type.dtype, 1)));
  return array;
}

Array read_idx(const std::string& path) { return parse_idx(read_file(path, kMaxIdxBytes), path); }

}  // namespace tenon
