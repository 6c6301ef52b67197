#include "tensor/npy.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "base/file.h"
#include "base/zip.h"

namespace tenon {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kPreambleBytes = 12;  // magic, version and the longer of the two forms of the header's length
constexpr std::uint32_t kMaxNpyHeader = 1 << 16;
constexpr std::size_t kMaxRank = 64;

struct Header {
  DType dtype = DType::F32;
  bool swapped = false, fortran = false;
  bool raw = false;  ///< bytes of a type that the header does not say
  Shape shape;
};

struct Code {
  DType dtype;
  std::string_view code;
};
constexpr Code kCodes[] = {{DType::F64, "f8"},  {DType::F32, "f4"},   {DType::F16, "f2"}, {DType::BF16, "V2"},
                           {DType::I64, "i8"},  {DType::I32, "i4"},   {DType::I16, "i2"}, {DType::I8, "i1"},
                           {DType::U64, "u8"},  {DType::U32, "u4"},   {DType::U16, "u2"}, {DType::U8, "u1"},
                           {DType::Bool, "b1"}, {DType::F8E5M2, "f1"}};
constexpr std::string_view kRawByte = "V1";

std::string_view code_of(DType t) {
  if (is_float8(t)) return kRawByte;
  if (value_bits_of(t) == 4) t = is_signed(t) ? DType::I8 : DType::U8;
  return std::ranges::find(kCodes, t, &Code::dtype)->code;
}

// Reads the Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class NpyHeaderParser {
 public:
  NpyHeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect_next('{');
    while (!next_is('}')) {
      std::string_view key = string();
      expect_next(':');
      if (key == "descr" && !descr) {
        descr = true;
        element_type(header);
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = extents();
      } else {
        fail("the .npy header of '{}' has an unknown or repeated key '{}'", name_, key);
      }
      if (!next_is(',') && !at('}')) complain("',' or '}'");
    }
    if (!text_.empty() && (skip_space(), !text_.empty())) complain("its end");
    require(descr && order && shape, "the .npy header of '{}' lacks 'descr', 'fortran_order' or 'shape'", name_);
    return header;
  }

 private:
  [[noreturn]] void complain(std::string_view expected) {
    fail("the .npy header of '{}' is malformed: expected {} before '{}'", name_, expected, text_.substr(0, 20));
  }
  void skip_space() {
    std::size_t k = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(std::min(k, text_.size()));
  }
  bool at(char c) {
    skip_space();
    return text_.starts_with(c);
  }
  bool next_is(char c) {
    if (!at(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect_next(char c) {
    if (!next_is(c)) complain(std::string_view(&c, 1));
  }
  std::string_view string() {
    char quote = at('"') ? '"' : '\'';
    if (!next_is(quote)) complain("a string");
    std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) complain("a closing quote");
    std::string_view value = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    skip_space();
    for (std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    complain("True or False");
  }
  Shape extents() {
    Shape shape;
    expect_next('(');
    while (!next_is(')')) {
      i64 extent = 0;
      skip_space();
      auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc()) complain("an extent that fits 64 bits");
      require(extent >= 0, "the shape in the .npy header of '{}' has a negative extent", name_);
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      next_is('L');  // a long integer, as Python 2 wrote it
      shape.push_back(extent);
      require(shape.size() <= kMaxRank, "the array in '{}' has more than {} dimensions", name_, kMaxRank);
      if (!next_is(',') && !at(')')) complain("',' or ')'");
    }
    return shape;
  }
  void element_type(Header& header) {
    require(!at('['), "'{}' holds records; only arrays of plain numbers are supported", name_);
    std::string_view descr = string(), code = descr.substr(std::min<std::size_t>(1, descr.size()));
    header.raw = code == kRawByte;
    auto known = std::ranges::find(kCodes, header.raw ? "u1" : code, &Code::code);
    bool order = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    require(order && known != std::end(kCodes),
            "'{}' holds elements of NumPy type '{}'; supported are f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 b1 (and V2 as "
            "bf16, f1 as f8e5m2); convert it with array.astype(…)",
            name_, descr);
    header.dtype = known->dtype;
    header.swapped = descr[0] == '>';
  }

  std::string_view text_;
  const std::string& name_;
};

// Reads up to the first byte of data.
Header read_header(ByteReader& reader) {
  require(reader.remaining() >= kMagic.size() && reader.take_text(kMagic.size()) == kMagic, "'{}' is no .npy file",
          reader.name());
  auto major = reader.little<std::uint8_t>(), minor = reader.little<std::uint8_t>();
  require(major >= 1 && major <= 3 && minor == 0,
          "'{}' is a .npy file of version {}.{}; versions 1.0, 2.0 and 3.0 are known", reader.name(), major, minor);
  std::uint32_t length = major == 1 ? reader.little<std::uint16_t>() : reader.little<std::uint32_t>();
  require(length <= kMaxNpyHeader, "the .npy header of '{}' claims {} bytes; at most {} are accepted", reader.name(),
          length, kMaxNpyHeader);
  return NpyHeaderParser(reader.take_text(length), reader.name()).parse();
}

void swap_bytes(std::span<std::byte> data, std::size_t width) {
  for (std::size_t k = 0; k < data.size(); k += width) std::reverse(data.begin() + k, data.begin() + k + width);
}

// The array of a header whose data, of `available` bytes, `read` copies.
Array load(const Header& header, const std::string& name, std::uint64_t available,
           FunctionRef<void(std::span<std::byte>)> read) {
  i64 count = element_count(header.shape), width = bits_of(header.dtype) / 8, bytes;
  require(!__builtin_mul_overflow(count, width, &bytes) && static_cast<std::uint64_t>(bytes) == available,
          "'{}' has {} bytes of data, but its header says {}", name, available, Type{header.dtype, header.shape});
  Shape stored = header.shape;
  if (header.fortran) std::reverse(stored.begin(), stored.end());
  Array array(header.dtype, stored);
  std::span<std::byte> data(static_cast<std::byte*>(array.raw()), static_cast<std::size_t>(bytes));
  read(data);
  if (header.swapped) swap_bytes(data, static_cast<std::size_t>(width));
  if (header.dtype == DType::Bool) {
    for (std::byte& b : data) b = std::byte{b != std::byte{0}};
  }
  if (!header.fortran) return array;
  Ints reversed;
  for (i64 axis = array.rank(); axis-- > 0;) reversed.push_back(axis);
  return array.transposed(reversed).to_contiguous();
}

/// Bytes of narrow types whose values may be in other types of bytes.
Array as_expected(Array array, const Header& header, const std::string& name, std::optional<DType> expected) {
  const bool nibble = expected && value_bits_of(*expected) == 4;
  if (!header.raw && !(nibble && (array.dtype() == DType::I8 || array.dtype() == DType::U8))) return array;
  require(nibble || (expected && is_float8(*expected)),
          "'{}' holds elements of NumPy type '|V1', bytes of a type that the file does not say; convert it with "
          "array.astype('f4'), or with array.view('u1') to bytes",
          name);
  const Array narrow(array.storage(), {*expected, array.shape()}, array.strides(), array.offset());
  if (!nibble) return narrow;
  Array result(narrow.type());
  for (i64 k = 0; k < array.count(); ++k) {
    const Number value = narrow.at(k);
    require(header.raw || value == array.at(k), "'{}': element {} is {}, which is no {}", name, k,
            integer_text(array.at(k)), *expected);
    result.set(k, value);
  }
  return result;
}

std::string header_text(const Type& type) {
  require(type.is_dense() && type.dtype != DType::Str, "{} cannot be written as .npy; dense tensors of numbers can",
          type);
  const std::string_view code = code_of(type.dtype);
  std::string shape;
  for (i64 extent : type.shape) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
  if (type.rank() == 1) shape += ',';
  char order = bits_of(type.dtype) == 8 ? '|' : '<';
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}", order, code, shape);
  // NumPy leaves room for the first extent to grow to 21 digits, then aligns the data to 64 bytes.
  constexpr std::size_t kGrowthDigits = 21, kBefore = 10, kAlignment = 64;
  if (type.rank() > 0) text.append(kGrowthDigits - std::to_string(type.shape[0]).size(), ' ');
  text.append(kAlignment - (kBefore + text.size() + 1) % kAlignment, ' ');
  text += '\n';
  std::string out(kMagic);
  append_little(out, std::uint8_t{1});
  append_little(out, std::uint8_t{0});
  append_little(out, static_cast<std::uint16_t>(text.size()));
  return out + text;
}

std::span<const std::byte> data_of(const Array& contiguous) {
  return {static_cast<const std::byte*>(contiguous.raw()), static_cast<std::size_t>(contiguous.bytes())};
}

}  // namespace

Array parse_npy(std::span<const std::byte> bytes, const std::string& name, std::optional<DType> expected) {
  ByteReader reader(bytes, name);
  Header header = read_header(reader);
  Array array = load(header, name, reader.remaining(),
                     [&](std::span<std::byte> to) { std::ranges::copy(reader.take(to.size()), to.begin()); });
  return as_expected(std::move(array), header, name, expected);
}

Array read_npy(const std::string& path, std::optional<DType> expected) {
  InputFile file(path);
  std::string start(static_cast<std::size_t>(std::min<i64>(file.size(), kPreambleBytes + kMaxNpyHeader)), '\0');
  file.read(0, std::as_writable_bytes(std::span(start)));
  ByteReader reader(bytes_of_text(start), path);
  Header header = read_header(reader);
  i64 begin = static_cast<i64>(reader.position());
  Array array = load(header, path, static_cast<std::uint64_t>(file.size() - begin),
                     [&](std::span<std::byte> to) { file.read(begin, to); });
  return as_expected(std::move(array), header, path, expected);
}

void write_npy(const std::string& path, const Array& array) {
  Array contiguous = array.to_contiguous();
  write_file_atomically(path, [&](OutputFile& file) {
    file.write(header_text(array.type()));
    file.write(data_of(contiguous));
  });
}

std::map<std::string, Array> parse_npz(std::span<const std::byte> bytes, const std::string& name) {
  std::map<std::string, Array> arrays;
  ZipReader zip(bytes, name);
  for (const ZipReader::Entry& entry : zip.entries()) {
    require(entry.name.ends_with(".npy"), "entry '{}' of '{}' is no .npy file", entry.name, name);
    std::string key = entry.name.substr(0, entry.name.size() - 4);
    require(!arrays.contains(key), "'{}' holds two arrays of the name '{}'", name, key);
    arrays.emplace(key, parse_npy(zip.extract(entry), name + ":" + entry.name));
  }
  return arrays;
}

std::map<std::string, Array> read_npz(const std::string& path) {
  return parse_npz(bytes_of_text(read_file(path)), path);
}

void write_npz(const std::string& path, const std::map<std::string, Array>& arrays) {
  write_file_atomically(path, [&](OutputFile& file) {
    ZipWriter zip(file);
    for (const auto& [key, array] : arrays) {
      Array contiguous = array.to_contiguous();
      zip.add(key + ".npy", {bytes_of_text(header_text(array.type())), data_of(contiguous)});
    }
    zip.finish();
  });
}

}  // namespace tenon
