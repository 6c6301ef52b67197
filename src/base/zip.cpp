#include "base/zip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/bytes.h"

namespace tenon {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr std::uint32_t kMax32 = 0xFFFFFFFFu;
constexpr std::uint16_t kMax16 = 0xFFFF, kStored = 0, kDeflated = 8, kExtra64 = 1;
constexpr std::uint16_t kEncryptedFlag = 1, kUtf8Flag = 1 << 11;
constexpr std::uint16_t kVersion = 20, kVersion64 = 45;
constexpr std::uint16_t kNoTime = 0, kFirstDay = 0x21;  // 1980-01-01
constexpr std::size_t kEndBytes = 22, kLocatorBytes = 20;
constexpr std::uint64_t kMaxDeflateRatio = 1032;

struct Directory {
  std::uint64_t count = 0, bytes = 0, offset = 0;
};

std::size_t find_end(std::span<const std::byte> archive, const std::string& name) {
  constexpr std::size_t kLongestComment = kMax16;
  std::size_t last = std::min(archive.size(), kEndBytes + kLongestComment);
  for (std::size_t back = kEndBytes; back <= last; ++back) {
    if (std::memcmp(archive.last(back).data(), "PK\5\6", 4) == 0) return archive.size() - back;
  }
  fail("'{}' is no ZIP archive, or its end is missing", name);
}

Directory read_end(ByteReader reader, std::size_t end) {
  Directory directory;
  if (end >= kLocatorBytes) {
    reader.seek(end - kLocatorBytes);
    if (reader.little<std::uint32_t>() == kEnd64Locator) {
      reader.take(4);
      reader.seek(reader.little<std::uint64_t>());
      require(reader.little<std::uint32_t>() == kEnd64, "'{}' has a damaged 64-bit directory", reader.name());
      reader.take(28);
      directory.count = reader.little<std::uint64_t>();
      directory.bytes = reader.little<std::uint64_t>();
      directory.offset = reader.little<std::uint64_t>();
      return directory;
    }
  }
  reader.seek(end + 10);
  directory.count = reader.little<std::uint16_t>();
  directory.bytes = reader.little<std::uint32_t>();
  directory.offset = reader.little<std::uint32_t>();
  return directory;
}

// The 64-bit values that stand in the extra field for those that did not fit.
void read_extra(ByteReader extra, ZipReader::Entry& entry) {
  while (extra.remaining() >= 4) {
    auto tag = extra.little<std::uint16_t>();
    ByteReader field(extra.take(extra.little<std::uint16_t>()), extra.name());
    if (tag != kExtra64) continue;
    for (std::uint64_t* value : {&entry.bytes, &entry.stored_bytes, &entry.header}) {
      if (*value == kMax32) *value = field.little<std::uint64_t>();
    }
  }
}

ZipReader::Entry read_entry(ByteReader& reader) {
  require(reader.little<std::uint32_t>() == kCentralHeader, "'{}' has a damaged directory", reader.name());
  reader.take(4);
  ZipReader::Entry entry;
  auto flags = reader.little<std::uint16_t>();
  entry.method = reader.little<std::uint16_t>();
  reader.take(4);
  entry.crc = reader.little<std::uint32_t>();
  entry.stored_bytes = reader.little<std::uint32_t>();
  entry.bytes = reader.little<std::uint32_t>();
  auto name_bytes = reader.little<std::uint16_t>(), extra_bytes = reader.little<std::uint16_t>();
  auto comment_bytes = reader.little<std::uint16_t>();
  reader.take(8);
  entry.header = reader.little<std::uint32_t>();
  entry.name = reader.take_text(name_bytes);
  read_extra(ByteReader(reader.take(extra_bytes), reader.name()), entry);
  reader.take(comment_bytes);
  require((flags & kEncryptedFlag) == 0, "entry '{}' of '{}' is encrypted", entry.name, reader.name());
  require(entry.method == kStored || entry.method == kDeflated,
          "entry '{}' of '{}' uses compression method {}; 0 (stored) and 8 (deflate) are supported", entry.name,
          reader.name(), entry.method);
  bool possible = entry.method == kStored ? entry.bytes == entry.stored_bytes
                                          : entry.bytes / kMaxDeflateRatio <= entry.stored_bytes;
  require(possible, "entry '{}' of '{}' has impossible sizes: {} bytes stored as {}", entry.name, reader.name(),
          entry.bytes, entry.stored_bytes);
  return entry;
}

struct Inflater {
  z_stream stream{};
  Inflater() { expect(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib can be set up"); }
  ~Inflater() { inflateEnd(&stream); }
};

// True if `from` is one complete deflate stream that fills `to` exactly.
bool inflate_exactly(std::span<const std::byte> from, std::span<std::byte> to) {
  Inflater inflater;
  z_stream& z = inflater.stream;
  constexpr std::size_t kChunk = std::numeric_limits<uInt>::max();
  std::byte none;  // zlib wants an address even for an empty output
  z.next_out = reinterpret_cast<Bytef*>(to.empty() ? &none : to.data());
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
  int status = Z_OK;
  while (status == Z_OK) {
    std::size_t in = std::min(from.size(), kChunk), out = std::min(to.size(), kChunk);
    z.avail_in = static_cast<uInt>(in);
    z.avail_out = static_cast<uInt>(out);
    status = inflate(&z, Z_NO_FLUSH);
    from = from.subspan(in - z.avail_in);
    to = to.subspan(out - z.avail_out);
  }
  return status == Z_STREAM_END && from.empty() && to.empty();
}

std::uint32_t checksum(std::uint32_t crc, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t narrow(std::uint64_t value) { return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, kMax32)); }

// The part that local and central headers share, from the needed version to the length of the extra field.
std::string common_header(const ZipReader::Entry& entry, std::size_t extra_bytes) {
  std::string out;
  append_little(out, extra_bytes > 0 ? kVersion64 : kVersion);
  append_little(out, kUtf8Flag);
  append_little(out, entry.method);
  append_little(out, kNoTime);
  append_little(out, kFirstDay);
  append_little(out, entry.crc);
  append_little(out, narrow(entry.stored_bytes));
  append_little(out, narrow(entry.bytes));
  append_little(out, static_cast<std::uint16_t>(entry.name.size()));
  append_little(out, static_cast<std::uint16_t>(extra_bytes));
  return out;
}

// An extra field with the values that do not fit 32 bits; empty when all do.
std::string extra_field(std::initializer_list<std::uint64_t> values) {
  std::string body, out;
  for (std::uint64_t value : values) {
    if (value >= kMax32) append_little(body, value);
  }
  if (body.empty()) return out;
  append_little(out, kExtra64);
  append_little(out, static_cast<std::uint16_t>(body.size()));
  return out + body;
}

}  // namespace

ZipReader::ZipReader(std::span<const std::byte> archive, std::string name) : archive_(archive), name_(std::move(name)) {
  ByteReader reader(archive, name_);
  Directory directory = read_end(reader, find_end(archive, name_));
  reader.seek(directory.offset);
  ByteReader listing(reader.take(directory.bytes), name_);
  std::uint64_t total = 0;
  for (std::uint64_t k = 0; k < directory.count; ++k) {
    entries_.push_back(read_entry(listing));
    std::uint64_t stored = entries_.back().stored_bytes;
    require(stored <= archive.size() - total, "'{}' has entries that overlap", name_);
    total += stored;
  }
}

std::vector<std::byte> ZipReader::extract(const Entry& entry) const {
  ByteReader reader(archive_, name_);
  reader.seek(entry.header);
  require(reader.little<std::uint32_t>() == kLocalHeader, "entry '{}' of '{}' has a damaged header", entry.name, name_);
  reader.take(22);
  auto name_bytes = reader.little<std::uint16_t>(), extra_bytes = reader.little<std::uint16_t>();
  reader.take(std::uint64_t{name_bytes} + extra_bytes);
  std::span<const std::byte> stored = reader.take(entry.stored_bytes);
  std::vector<std::byte> content;
  if (entry.method == kStored) {
    content.assign(stored.begin(), stored.end());
  } else {
    content.resize(static_cast<std::size_t>(entry.bytes));
    require(inflate_exactly(stored, content), "entry '{}' of '{}' cannot be decompressed", entry.name, name_);
  }
  require(checksum(0, content) == entry.crc, "entry '{}' of '{}' is damaged: its checksum differs", entry.name, name_);
  return content;
}

void ZipWriter::write(const std::string& text) {
  file_.write(text);
  position_ += text.size();
}

void ZipWriter::add(const std::string& name, std::initializer_list<std::span<const std::byte>> pieces) {
  require(name.size() <= kMax16, "the name of a ZIP entry has {} bytes; at most {} are possible", name.size(), kMax16);
  ZipReader::Entry entry{name, kStored, 0, 0, 0, position_};
  for (auto piece : pieces) {
    entry.crc = checksum(entry.crc, piece);
    entry.bytes = entry.stored_bytes += piece.size();
  }
  bool wide = entry.bytes >= kMax32;
  std::string extra = wide ? extra_field({entry.bytes, entry.stored_bytes}) : "";
  std::string header;
  append_little(header, kLocalHeader);
  write(header + common_header(entry, extra.size()) + name + extra);
  for (auto piece : pieces) {
    file_.write(piece);
    position_ += piece.size();
  }
  std::string central_extra = extra_field({entry.bytes, entry.stored_bytes, entry.header});
  append_little(directory_, kCentralHeader);
  append_little(directory_, kVersion64);
  directory_ += common_header(entry, central_extra.size());
  append_little(directory_, std::uint16_t{0});  // comment
  append_little(directory_, std::uint16_t{0});  // disk
  append_little(directory_, std::uint16_t{0});  // internal attributes
  append_little(directory_, std::uint32_t{0});  // external attributes
  append_little(directory_, narrow(entry.header));
  directory_ += name + central_extra;
  ++count_;
}

void ZipWriter::finish() {
  Directory directory{count_, directory_.size(), position_};
  write(directory_);
  std::string out;
  if (directory.count >= kMax16 || directory.bytes >= kMax32 || directory.offset >= kMax32) {
    std::uint64_t end64 = position_;
    append_little(out, kEnd64);
    append_little(out, std::uint64_t{44});  // bytes that follow
    append_little(out, kVersion64);
    append_little(out, kVersion64);
    append_little(out, std::uint64_t{0});  // two disk numbers
    append_little(out, directory.count);
    for (std::uint64_t value : {directory.count, directory.bytes, directory.offset}) append_little(out, value);
    append_little(out, kEnd64Locator);
    append_little(out, std::uint32_t{0});
    append_little(out, end64);
    append_little(out, std::uint32_t{1});
  }
  append_little(out, kEnd);
  append_little(out, std::uint32_t{0});  // two disk numbers
  auto count = static_cast<std::uint16_t>(std::min<std::uint64_t>(directory.count, kMax16));
  append_little(out, count);
  append_little(out, count);
  append_little(out, narrow(directory.bytes));
  append_little(out, narrow(directory.offset));
  append_little(out, std::uint16_t{0});  // comment
  write(out);
}

}  // namespace tenon
