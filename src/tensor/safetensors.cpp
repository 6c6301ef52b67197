#include "tensor/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"

namespace tenon {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8, kMaxHeader = 100'000'000;
constexpr const char* kMetadata = "__metadata__";

/// i4 and u4 have none.
std::string format_name(DType t) {
  switch (t) {
    case DType::F8E4M3FN: return "F8_E4M3";
    case DType::F8E4M3FNUZ: return "F8_E4M3FNUZ";
    case DType::F8E5M2: return "F8_E5M2";
    case DType::F8E5M2FNUZ: return "F8_E5M2FNUZ";
    case DType::I4:
    case DType::U4: return "";
    default: break;
  }
  std::string name(name_of(t));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  return name;
}

struct Entry {
  std::string name;
  Type type;
  std::uint64_t begin = 0, end = 0;  // of its data, from the end of the header
};

// Nesting is bounded and keys are distinct before a document is built from text that is not trusted.
class HeaderCheck : public nlohmann::json_sax<json> {
 public:
  explicit HeaderCheck(const std::string& file) : file_(file) {}
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return deeper();
  }
  bool key(string_t& key) override {
    require(keys_.back().insert(key).second, "the header of '{}' names '{}' twice", file_, key);
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception& e) override {
    fail("the header of '{}' is no valid JSON: {}", file_, e.what());
  }

 private:
  bool deeper() {
    constexpr int kMaxDepth = 4;
    require(++depth_ <= kMaxDepth + 1, "the header of '{}' is nested too deeply", file_);
    return true;
  }
  const std::string& file_;
  std::vector<std::set<std::string>> keys_;
  int depth_ = 0;
};

json parse_json(std::string_view text, const std::string& file) {
  HeaderCheck check(file);
  json::sax_parse(text, &check);
  try {
    return json::parse(text);
  } catch (const json::exception& e) {
    fail("the header of '{}' is no valid JSON: {}", file, e.what());
  }
}

class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::uint64_t data_bytes, const std::string& file)
      : document_(parse_json(text, file)), data_bytes_(data_bytes), file_(file) {
    require(document_.is_object(), "the header of '{}' is no JSON object", file_);
  }

  std::map<std::string, std::string> metadata() const {
    std::map<std::string, std::string> result;
    auto found = document_.find(kMetadata);
    if (found == document_.end()) return result;
    require(found->is_object(), "the metadata of '{}' are no JSON object", file_);
    for (const auto& [key, value] : found->items()) {
      require(value.is_string(), "'{}' in the metadata of '{}' is no string", key, file_);
      result.emplace(key, value.get<std::string>());
    }
    return result;
  }

  /// By position in the file; together they cover the data exactly.
  std::vector<Entry> entries() const {
    std::vector<Entry> list;
    for (const auto& [name, fields] : document_.items()) {
      if (name != kMetadata) list.push_back(entry(name, fields));
    }
    std::ranges::sort(list, {}, [](const Entry& e) { return std::pair(e.begin, e.end); });
    std::uint64_t position = 0;
    for (const Entry& e : list) {
      require(e.begin == position, "the data of '{}' in '{}' begin at byte {}, but the tensors before end at {}",
              e.name, file_, e.begin, position);
      position = e.end;
    }
    require(position == data_bytes_, "'{}' has {} bytes of data, but its tensors end at {}", file_, data_bytes_,
            position);
    return list;
  }

 private:
  Entry entry(const std::string& name, const json& fields) const {
    bool complete = fields.is_object() && fields.size() == 3 && fields.contains("dtype") && fields.contains("shape") &&
                    fields.contains("data_offsets") && fields["dtype"].is_string();
    require(complete, "tensor '{}' of '{}' does not have exactly dtype, shape and data_offsets", name, file_);
    Entry e;
    e.name = name;
    e.type.dtype = element_type(name, fields["dtype"].get<std::string>());
    for (std::uint64_t extent : numbers(name, "shape", fields["shape"]))
      e.type.shape.push_back(static_cast<i64>(extent));
    std::vector<std::uint64_t> offsets = numbers(name, "data_offsets", fields["data_offsets"]);
    require(offsets.size() == 2 && offsets[0] <= offsets[1] && offsets[1] <= data_bytes_,
            "the data_offsets of tensor '{}' of '{}' are no range of its {} bytes of data", name, file_, data_bytes_);
    e.begin = offsets[0];
    e.end = offsets[1];
    i64 bytes;
    bool fits = !__builtin_mul_overflow(elements_of(name, e.type.shape), i64{bits_of(e.type.dtype) / 8}, &bytes);
    require(fits && static_cast<std::uint64_t>(bytes) == e.end - e.begin,
            "tensor '{}' of '{}' is {}, but has {} bytes of data", name, file_, e.type, e.end - e.begin);
    return e;
  }

  i64 elements_of(const std::string& tensor, const Shape& shape) const {
    try {
      return element_count(shape);
    } catch (const Error& e) {
      fail("tensor '{}' of '{}': {}", tensor, file_, e.what());
    }
  }

  DType element_type(const std::string& tensor, const std::string& name) const {
    std::string known;
    for (DType t : kAllDTypes) {
      const std::string known_name = format_name(t);
      if (known_name.empty()) continue;
      if (known_name == name) return t;
      known += " " + known_name;
    }
    fail("tensor '{}' of '{}' has element type '{}'; supported are{}", tensor, file_, name, known);
  }

  std::vector<std::uint64_t> numbers(const std::string& tensor, const char* field, const json& list) const {
    std::vector<std::uint64_t> result;
    bool valid = list.is_array();
    for (std::size_t k = 0; valid && k < list.size(); ++k) {
      valid = list[k].is_number_unsigned() && list[k].get<std::uint64_t>() <= (std::uint64_t{1} << 62);
      if (valid) result.push_back(list[k].get<std::uint64_t>());
    }
    require(valid, "the {} of tensor '{}' of '{}' is no list of natural numbers", field, tensor, file_);
    return result;
  }

  json document_;
  std::uint64_t data_bytes_;
  const std::string& file_;
};

// `read(offset, to)` copies from the file.
SafeTensors load(std::uint64_t file_bytes, const std::string& name,
                 FunctionRef<void(std::uint64_t, std::span<std::byte>)> read) {
  require(file_bytes >= kLengthBytes, "'{}' has {} bytes; that is too short for a safetensors file", name, file_bytes);
  std::byte length_bytes[kLengthBytes];
  read(0, length_bytes);
  auto length = ByteReader(length_bytes, name).little<std::uint64_t>();
  require(
      length <= kMaxHeader && length <= file_bytes - kLengthBytes,
      "'{}' claims a header of {} bytes, but has {} bytes in all (and at most {} are accepted); it is truncated or no "
      "safetensors file",
      name, length, file_bytes, kMaxHeader);
  std::string text(static_cast<std::size_t>(length), '\0');
  read(kLengthBytes, std::as_writable_bytes(std::span(text)));
  std::uint64_t data = kLengthBytes + length;
  HeaderParser header(text, file_bytes - data, name);
  SafeTensors content;
  content.metadata = header.metadata();
  for (const Entry& e : header.entries()) {
    Array array(e.type);
    std::span<std::byte> to(static_cast<std::byte*>(array.raw()), static_cast<std::size_t>(e.end - e.begin));
    read(data + e.begin, to);
    if (e.type.dtype == DType::Bool) {
      for (std::byte& b : to) b = std::byte{b != std::byte{0}};
    }
    content.tensors.emplace(e.name, std::move(array));
  }
  return content;
}

std::vector<const std::pair<const std::string, Array>*> in_file_order(const SafeTensors& content) {
  std::vector<const std::pair<const std::string, Array>*> order;
  for (const auto& item : content.tensors) order.push_back(&item);
  auto rank = [](auto* item) { return std::pair(-bits_of(item->second.dtype()), std::string_view(item->first)); };
  std::ranges::sort(order, {}, rank);
  return order;
}

std::string header_text(const SafeTensors& content, const std::string& path) {
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) document[kMetadata] = content.metadata;
  i64 position = 0;
  for (const auto* item : in_file_order(content)) {
    const auto& [name, array] = *item;
    require(name != kMetadata, "a tensor cannot have the name '{}'", name);
    require(array.defined(), "tensor '{}' is undefined and cannot be written to '{}'", name, path);
    require(!format_name(array.dtype()).empty(),
            "tensor '{}' is {}, which safetensors files cannot hold; cast it to {}", name, array.type(),
            is_signed(array.dtype()) ? DType::I8 : DType::U8);
    i64 end = position + array.bytes();
    document[name] = {{"dtype", format_name(array.dtype())},
                      {"shape", std::vector<i64>(array.shape().begin(), array.shape().end())},
                      {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text;
  try {
    text = document.dump();
  } catch (const nlohmann::json::exception& e) {
    fail("cannot write '{}': a name or a metadata text is no valid UTF-8 ({})", path, e.what());
  }
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  require(text.size() <= kMaxHeader, "cannot write '{}': names and metadata take {} bytes; at most {} are possible",
          path, text.size(), kMaxHeader);
  return text;
}

}  // namespace

SafeTensors parse_safetensors(std::span<const std::byte> bytes, const std::string& name) {
  return load(bytes.size(), name, [&](std::uint64_t offset, std::span<std::byte> to) {
    if (!to.empty()) std::memcpy(to.data(), bytes.data() + offset, to.size());
  });
}

SafeTensors read_safetensors(const std::string& path) {
  InputFile file(path);
  return load(static_cast<std::uint64_t>(file.size()), path,
              [&](std::uint64_t offset, std::span<std::byte> to) { file.read(static_cast<i64>(offset), to); });
}

void write_safetensors(const std::string& path, const SafeTensors& content) {
  std::string header = header_text(content, path), length;
  append_little(length, std::uint64_t{header.size()});
  write_file_atomically(path, [&](OutputFile& file) {
    file.write(length);
    file.write(header);
    for (const auto* item : in_file_order(content)) {
      Array contiguous = item->second.to_contiguous();
      file.write({static_cast<const std::byte*>(contiguous.raw()), static_cast<std::size_t>(contiguous.bytes())});
    }
  });
}

}  // namespace tenon
