#include "tensor/pytorch.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/file.h"
#include "base/printable.h"
#include "base/zip.h"
#include "tensor/pickle.h"

namespace tenon {
namespace {

using Kind = Pickle::Kind;

constexpr int kMaxDepth = 64;
constexpr std::size_t kLongestName = 4096;

// The first pickle of the older form, an integer, behind its two bytes of protocol.
constexpr std::string_view kLegacyMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr i64 kLegacyVersion = 1001;

struct Named {
  std::string name;
  std::size_t tensor;
};

/// The tensors of a pickle by the keys that lead to them.
class TensorNames {
 public:
  /// `budget` bounds the letters of all names and the items looked at: dictionaries that contain each other have
  /// endlessly many.
  TensorNames(const Pickle& pickle, const std::string& file, std::size_t budget)
      : pickle_(pickle), file_(file), budget_(budget) {}

  std::vector<Named> collect() {
    const Kind kind = pickle_.top.kind;
    require(kind == Kind::Dict || kind == Kind::Sequence || kind == Kind::Tensor,
            "'{}' holds {}; expected a state dict: torch.save(model.state_dict(), \"weights.pt\")", file_,
            description(kind));
    visit(pickle_.top, kind == Kind::Tensor ? "tensor" : "", 0);
    return std::move(found_);
  }

 private:
  void visit(Pickle::Value value, const std::string& name, int depth) {
    require(depth <= kMaxDepth, "'{}' nests dictionaries deeper than {}, or one contains itself", file_, kMaxDepth);
    require(name.size() <= kLongestName, "'{}' has a name of more than {} bytes", file_, kLongestName);
    charge(name.size());
    const std::string prefix = name.empty() ? "" : name + ".";
    if (value.kind == Kind::Tensor) {
      found_.push_back({name, value.index()});
    } else if (value.kind == Kind::Dict) {
      const auto& items = pickle_.dicts[value.index()].items;
      charge(items.size());
      for (const auto& [key, item] : items) {
        if (can_hold_tensors(item)) visit(item, prefix + text_of(key, name), depth + 1);
      }
    } else if (value.kind == Kind::Sequence) {
      const auto& items = pickle_.sequences[value.index()];
      charge(items.size());
      for (std::size_t k = 0; k < items.size(); ++k) {
        if (can_hold_tensors(items[k])) visit(items[k], prefix + std::to_string(k), depth + 1);
      }
    }
  }

  void charge(std::size_t cost) {
    require(cost < budget_, "'{}' names its tensors in more ways than a file of its size can need", file_);
    budget_ -= cost + 1;
  }

  static bool can_hold_tensors(Pickle::Value value) {
    return value.kind == Kind::Tensor || value.kind == Kind::Dict || value.kind == Kind::Sequence;
  }

  std::string text_of(Pickle::Value key, const std::string& of) const {
    if (key.kind == Kind::Int) return std::to_string(key.number);
    require(key.kind == Kind::Text, "'{}' has {} as a key in '{}'; expected a text or an integer", file_,
            description(key.kind), printable_name(of));
    return std::string(pickle_.texts[key.index()].substr(0, kLongestName + 1));
  }

  const Pickle& pickle_;
  const std::string& file_;
  std::size_t budget_;
  std::vector<Named> found_;
};

/// Copies elements out of a file and makes them ours: a truth value is 0 or 1.
void fill(Storage& storage, DType dtype, std::span<const std::byte> from) {
  std::ranges::copy(from, storage.data());
  if (dtype != DType::Bool) return;
  for (std::byte& b : std::span(storage.data(), from.size())) b = std::byte{b != std::byte{0}};
}

i64 bytes_in(const Pickle::Storage& s, const std::string& file) {
  i64 bytes;
  require(!__builtin_mul_overflow(s.count, i64{bits_of(s.dtype) / 8}, &bytes),
          "storage '{}' of '{}' has an impossible size: {} elements", printable_name(s.key), file, s.count);
  return bytes;
}

/// The arrays of a pickle. Each storage is loaded once, by `load(storage, bytes)`, when the first tensor needs it.
class Arrays {
 public:
  using Load = FunctionRef<std::shared_ptr<Storage>(const Pickle::Storage&, i64)>;
  Arrays(const Pickle& pickle, const std::string& file, std::size_t file_bytes, Load load)
      : pickle_(pickle), file_(file), most_elements_(static_cast<i64>(file_bytes)), load_(load) {}

  std::map<std::string, Array> make(const std::vector<Named>& names) {
    std::map<std::string, Array> arrays;
    for (const Named& n : names) {
      const bool fresh = arrays.emplace(n.name, array(n)).second;
      require(fresh, "'{}' holds two tensors of the name '{}'", file_, printable_name(n.name));
    }
    return arrays;
  }

 private:
  struct Loaded {
    DType dtype;
    i64 count;
    std::shared_ptr<Storage> storage;
  };

  Array array(const Named& named) {
    const Pickle::Tensor& t = pickle_.tensors[named.tensor];
    const Pickle::Storage& s = pickle_.storages[t.storage];
    const i64 count = element_count(t.shape);
    const Type type{t.dtype, t.shape};
    if (count == 0) return Array(type);
    require(count <= most_elements_,
            "tensor '{}' of '{}' has {} elements, more than the file has bytes; save "
            "tensor.contiguous()",
            printable_name(named.name), file_, count);
    Ints strides = contiguous_strides(t.shape);  // of extents of 1, whatever the file says
    i64 last = t.offset;
    bool inside = true;
    for (std::size_t k = 0; k < strides.size(); ++k) {
      if (t.shape[k] == 1) continue;
      strides[k] = t.strides[k];
      i64 reach;
      inside = inside && !__builtin_mul_overflow(t.shape[k].value() - 1, strides[k], &reach) &&
               !__builtin_add_overflow(last, reach, &last);
    }
    const i64 available = bytes_in(s, file_) / (bits_of(t.dtype) / 8);
    require(inside && last < available,
            "tensor '{}' of '{}' is {} with strides {} from element {} on; that reaches outside of its storage of {} "
            "elements",
            printable_name(named.name), file_, type, t.strides, t.offset, available);
    return Array(storage(s), type, strides, t.offset);
  }

  const std::shared_ptr<Storage>& storage(const Pickle::Storage& s) {
    auto found = loaded_.find(s.key);
    if (found == loaded_.end())
      found = loaded_.emplace(s.key, Loaded{s.dtype, s.count, load_(s, bytes_in(s, file_))}).first;
    require(found->second.dtype == s.dtype && found->second.count == s.count,
            "'{}' describes storage '{}' in two ways: {} elements of {} and {} of {}", file_, printable_name(s.key),
            found->second.count, found->second.dtype, s.count, s.dtype);
    return found->second.storage;
  }

  const Pickle& pickle_;
  const std::string& file_;
  i64 most_elements_;
  Load load_;
  std::map<std::string_view, Loaded> loaded_;
};

std::vector<Named> names_in(const Pickle& pickle, const std::string& file, std::size_t pickle_bytes) {
  constexpr std::size_t kNamesPerByte = 16, kFirst = 1 << 14;  // what a small file may have anyway
  return TensorNames(pickle, file, kFirst + kNamesPerByte * pickle_bytes).collect();
}

// ---- the archive: FOLDER/data.pkl, FOLDER/byteorder, and a storage in each FOLDER/data/KEY

class Archive {
 public:
  Archive(std::span<const std::byte> bytes, const std::string& file) : zip_(bytes, file), file_(file) {
    for (const ZipReader::Entry& e : zip_.entries()) {
      require(entries_.emplace(e.name, &e).second, "'{}' holds two entries of the name '{}'", file, e.name);
      if (e.name != kPickle && !e.name.ends_with("/data.pkl")) continue;
      require(!folder_, "'{}' holds more than one data.pkl", file);
      folder_ = e.name.substr(0, e.name.size() - kPickle.size());
    }
    require(folder_.has_value(), "'{}' is a ZIP archive without data.pkl, so torch.save did not write it", file);
    require(find("constants.pkl") == nullptr,
            "'{}' is TorchScript, a program; only tensors are read. Save the weights alone with PyTorch: "
            "torch.save(torch.jit.load(path).state_dict(), \"weights.pt\")",
            file);
    if (const auto* order = find("byteorder")) {
      const auto text = extract(*order);
      const std::string_view word(reinterpret_cast<const char*>(text.data()), text.size());
      require(word == "little", "'{}' is in byte order '{}'; only little-endian files are read", file,
              printable_name(word));
    }
  }

  std::vector<std::byte> pickle() const { return extract(*find(std::string(kPickle))); }

  std::shared_ptr<Storage> load(const Pickle::Storage& s, i64 bytes) const {
    const auto* entry = find("data/" + std::string(s.key));
    require(entry != nullptr, "'{}' has no entry for storage '{}'", file_, printable_name(s.key));
    require(entry->bytes == static_cast<std::uint64_t>(bytes),
            "storage '{}' of '{}' has {} bytes, but its {} elements of {} take {}", printable_name(s.key), file_,
            entry->bytes, s.count, s.dtype, bytes);
    const auto content = extract(*entry);
    auto storage = Storage::allocate(bytes);
    fill(*storage, s.dtype, content);
    return storage;
  }

 private:
  static constexpr std::string_view kPickle = "data.pkl";
  std::vector<std::byte> extract(const ZipReader::Entry& entry) const {
    // A small file could grow a thousandfold otherwise.
    require(entry.bytes == entry.stored_bytes,
            "entry '{}' of '{}' is compressed, which torch.save never does; pack the archive again without (zip -0)",
            entry.name, file_);
    return zip_.extract(entry);
  }
  const ZipReader::Entry* find(const std::string& name) const {
    const auto found = entries_.find(*folder_ + name);
    return found == entries_.end() ? nullptr : found->second;
  }

  ZipReader zip_;
  const std::string& file_;
  std::optional<std::string> folder_;
  std::map<std::string, const ZipReader::Entry*> entries_;
};

std::map<std::string, Array> from_archive(std::span<const std::byte> bytes, const std::string& file) {
  const Archive archive(bytes, file);
  const auto content = archive.pickle();
  ByteReader reader(content, file);
  const Pickle pickle = read_pickle(reader);
  const auto load = [&](const Pickle::Storage& s, i64 size) { return archive.load(s, size); };
  return Arrays(pickle, file, bytes.size(), load).make(names_in(pickle, file, content.size()));
}

// ---- the older form: pickles of a magic number, a version, facts of the machine, the object, and the keys of its
// storages; then the storages, each behind its number of elements

Pickle::Value entry_of(const Pickle& pickle, std::string_view key) {
  if (pickle.top.kind != Kind::Dict) return {};
  for (const auto& [name, value] : pickle.dicts[pickle.top.index()].items) {
    if (name.kind == Kind::Text && pickle.texts[name.index()] == key) return value;
  }
  return {};
}

void require_legacy_header(ByteReader& reader) {
  reader.take(2 + kLegacyMagic.size());
  const Pickle version = read_pickle(reader);
  require(version.top.kind == Kind::Int && version.top.number == kLegacyVersion,
          "'{}' is of another version of torch.save's older form than {}", reader.name(), kLegacyVersion);
  const Pickle machine = read_pickle(reader);
  const Pickle::Value little = entry_of(machine, "little_endian");
  require(little.kind == Kind::Bool, "'{}' does not say in which byte order it is", reader.name());
  require(little.number == 1, "'{}' is big-endian; only little-endian files are read", reader.name());
}

/// Where the data of each storage lie.
std::map<std::string, std::span<const std::byte>, std::less<>> legacy_data(ByteReader& reader, const Pickle& pickle) {
  const std::string& file = reader.name();
  std::map<std::string_view, const Pickle::Storage*> described;
  for (const Pickle::Storage& s : pickle.storages) described.emplace(s.key, &s);
  const Pickle keys = read_pickle(reader);
  require(keys.top.kind == Kind::Sequence, "'{}' has no list of storages", file);
  std::map<std::string, std::span<const std::byte>, std::less<>> data;
  for (const Pickle::Value& key : keys.sequences[keys.top.index()]) {
    require(key.kind == Kind::Text, "'{}' has {} as the key of a storage", file, description(key.kind));
    const std::string_view text = keys.texts[key.index()];
    const auto found = described.find(text);
    require(found != described.end(), "'{}' has data for storage '{}', which no tensor uses", file,
            printable_name(text));
    const auto count = reader.little<std::uint64_t>();
    require(count == static_cast<std::uint64_t>(found->second->count),
            "storage '{}' of '{}' has {} elements in one place and {} in another", printable_name(text), file, count,
            found->second->count);
    const auto bytes = reader.take(static_cast<std::uint64_t>(bytes_in(*found->second, file)));
    require(data.emplace(text, bytes).second, "'{}' has data for storage '{}' twice", file, printable_name(text));
  }
  return data;
}

std::map<std::string, Array> from_legacy(std::span<const std::byte> bytes, const std::string& file) {
  ByteReader reader(bytes, file);
  require_legacy_header(reader);
  const std::size_t begin = reader.position();
  const Pickle pickle = read_pickle(reader);
  const std::size_t pickle_bytes = reader.position() - begin;
  const auto data = legacy_data(reader, pickle);
  const auto load = [&](const Pickle::Storage& s, i64 size) {
    const auto found = data.find(s.key);
    require(found != data.end() && found->second.size() == static_cast<std::size_t>(size),
            "'{}' has no data for storage '{}'", file, printable_name(s.key));
    auto storage = Storage::allocate(size);
    fill(*storage, s.dtype, found->second);
    return storage;
  };
  return Arrays(pickle, file, bytes.size(), load).make(names_in(pickle, file, pickle_bytes));
}

bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::ranges::equal(bytes.first(text.size()), bytes_of_text(text));
}

}  // namespace

bool is_legacy_pytorch(std::span<const std::byte> bytes) {
  return bytes.size() > 2 && bytes[0] == std::byte{0x80} && begins_with(bytes.subspan(2), kLegacyMagic);
}

std::map<std::string, Array> parse_pytorch(std::span<const std::byte> bytes, const std::string& name) {
  if (is_legacy_pytorch(bytes)) return from_legacy(bytes, name);
  require(begins_with(bytes, "PK"),
          "'{}' is no file that torch.save wrote: it begins neither as a ZIP archive nor as "
          "PyTorch's older form",
          name);
  return from_archive(bytes, name);
}

std::map<std::string, Array> read_pytorch(const std::string& path) {
  return parse_pytorch(bytes_of_text(read_file(path)), path);
}

}  // namespace tenon
