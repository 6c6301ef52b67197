#include "data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace tenon {
namespace {

// Deflate spends at least one bit for a length and one for a distance on at most 258 bytes: 1032 bytes for one.
constexpr i64 kBestRatio = 1032;
// Bits that the decoder already holds, and bytes that wait in its window.
constexpr i64 kHeldBack = 64 * 1024;

}  // namespace

struct GzipReader::State {
  z_stream stream{};
  std::string_view rest;
  const std::string* name = nullptr;
  bool ended = false;  ///< no member is left

  /// After a member: another one may follow, or zeros to the end (RFC 1952, 2.2; gzip ignores trailing zeros).
  void next_member() {
    if (is_gzip(rest)) {
      expect(inflateReset(&stream) == Z_OK, "inflateReset");
      return;
    }
    require(rest.find_first_not_of('\0') == std::string_view::npos,
            "{}: there is more data after the end of the compressed data", *name);
    rest = {};
    ended = true;
  }
};

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

GzipReader::GzipReader(std::string_view bytes, const std::string& name) : state_(std::make_unique<State>()) {
  state_->rest = bytes;
  state_->name = &name;
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  require(inflateInit2(&state_->stream, kGzipOnly) == Z_OK, "{}: no memory to decompress it", name);
}

GzipReader::~GzipReader() { inflateEnd(&state_->stream); }

std::size_t GzipReader::read(std::span<std::byte> to) {
  constexpr std::size_t kPiece = std::numeric_limits<uInt>::max();
  State& s = *state_;
  std::size_t done = 0;
  while (done < to.size() && !s.ended) {
    const auto given = static_cast<uInt>(std::min(s.rest.size(), kPiece));
    const auto wanted = static_cast<uInt>(std::min(to.size() - done, kPiece));
    s.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(s.rest.data()));
    s.stream.avail_in = given;
    s.stream.next_out = reinterpret_cast<Bytef*>(to.data() + done);
    s.stream.avail_out = wanted;
    const int status = inflate(&s.stream, Z_NO_FLUSH);
    s.rest.remove_prefix(given - s.stream.avail_in);
    done += wanted - s.stream.avail_out;
    require(status != Z_BUF_ERROR, "{}: truncated: the compressed data ends too early", *s.name);
    require(status == Z_OK || status == Z_STREAM_END, "{}: the compressed data is corrupted ({})", *s.name,
            s.stream.msg != nullptr ? s.stream.msg : "zlib error " + std::to_string(status));
    if (status == Z_STREAM_END) s.next_member();
  }
  return done;
}

i64 GzipReader::limit() const { return static_cast<i64>(state_->rest.size()) * kBestRatio + kHeldBack; }

}  // namespace tenon
