#include "data/dataset.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "base/file.h"
#include "base/hash.h"
#include "base/rng.h"
#include "data/idx.h"

namespace tenon {
namespace {

constexpr i64 kMaxLabelFileBytes = 1 << 20;
constexpr std::size_t kMostClasses = 256;
constexpr std::uint64_t kSplitStream = 0x73706C6974;  // "split"

std::string find_idx_file(const std::string& folder, const std::string& stem) {
  for (const char* suffix : {"", ".gz"}) {
    std::string path = (std::filesystem::path(folder) / (stem + suffix)).string();
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  fail(
      "{}: holds neither {} nor {}.gz; expected the four files of the MNIST family "
      "({{train,t10k}}-images-idx3-ubyte and -labels-idx1-ubyte, each plain or .gz)",
      folder, stem, stem);
}

std::vector<std::string> read_label_names(const std::string& path) {
  std::vector<std::string> names;
  std::istringstream lines(read_file(path, kMaxLabelFileBytes));
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  require(names.size() <= kMostClasses, "{}: {} names of classes; labels are bytes, which tell {} apart", path,
          names.size(), kMostClasses);
  require(!names.empty(), "{}: expected the name of a class on each line, found none", path);
  return names;
}

std::vector<std::string> label_names_of(const std::string& folder) {
  std::filesystem::path listed = std::filesystem::path(folder) / "labels.txt";
  std::error_code ignored;
  if (std::filesystem::exists(listed, ignored)) return read_label_names(listed.string());
  std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  std::string name = (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name.find("fashion") == std::string::npos) return {};
  return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
}

std::string_view image_bytes(const Array& images, i64 i) {
  auto size = static_cast<std::size_t>(images.dim(1) * images.dim(2));
  return {reinterpret_cast<const char*>(images.values<std::uint8_t>().data()) + size * static_cast<std::size_t>(i),
          size};
}

/// Finds equal images: by hash, confirmed byte by byte.
class ImageIndex {
 public:
  std::optional<i64> find(std::string_view image) const {
    auto [first, last] = by_hash_.equal_range(mix(0, image));
    for (; first != last; ++first) {
      if (first->second.bytes == image) return first->second.position;
    }
    return std::nullopt;
  }
  /// The position under which an equal image was added first, if any; else adds this one.
  std::optional<i64> find_or_add(std::string_view image, i64 position) {
    std::optional<i64> first = find(image);
    if (!first) by_hash_.emplace(mix(0, image), Entry{image, position});
    return first;
  }

 private:
  struct Entry {
    std::string_view bytes;
    i64 position;
  };
  std::unordered_multimap<std::uint64_t, Entry> by_hash_;
};

}  // namespace

Array Dataset::image(i64 i) const {
  require(i >= 0 && i < size(), "image {} of a data set of {}", i, size());
  return images.sliced(0, i, i + 1).reshaped({height(), width()});
}

Dataset make_dataset(Array images, Array labels, std::vector<std::string> label_names, const std::string& source) {
  require(images.dtype() == DType::U8 && images.rank() == 3, "{}: images must be u8[count,height,width], found {}",
          source, images.type());
  require(labels.dtype() == DType::U8 && labels.rank() == 1, "{}: labels must be u8[count], found {}", source,
          labels.type());
  require(images.dim(0) == labels.dim(0), "{}: {} images but {} labels; the two files do not belong together", source,
          images.dim(0), labels.dim(0));
  require(images.count() > 0, "{}: there are no images ({})", source, images.type());
  images = images.to_contiguous();
  labels = labels.to_contiguous();
  auto values = labels.values<std::uint8_t>();
  i64 highest = *std::max_element(values.begin(), values.end());
  if (label_names.empty()) {
    for (i64 i = 0; i <= highest; ++i) label_names.push_back(std::to_string(i));
  }
  require(highest < static_cast<i64>(label_names.size()), "{}: label {} at position {}, but there are only {} classes",
          source, highest, std::max_element(values.begin(), values.end()) - values.begin(), label_names.size());
  return {std::move(images), std::move(labels), std::move(label_names)};
}

Dataset load_idx_folder(const std::string& folder, Part part) {
  std::error_code ignored;
  require(std::filesystem::is_directory(folder, ignored), "{}: no such folder", folder);
  const std::string prefix = part == Part::Train ? "train" : "t10k";
  const std::string images = find_idx_file(folder, prefix + "-images-idx3-ubyte");
  const std::string labels = find_idx_file(folder, prefix + "-labels-idx1-ubyte");
  return make_dataset(read_idx(images), read_idx(labels), label_names_of(folder), images + ", " + labels);
}

Positions all_positions(i64 count) {
  Positions positions(static_cast<std::size_t>(count));
  std::iota(positions.begin(), positions.end(), i64{0});
  return positions;
}

Split split(i64 count, std::uint64_t seed, double share) {
  require(count >= 2, "a data set of {} samples cannot be divided", count);
  require(share > 0 && share < 1, "the share held out for validation must lie between 0 and 1, given {}", share);
  Positions order = all_positions(count);
  Rng(seed, kSplitStream).shuffle(std::span(order));
  i64 held_out = std::clamp(std::llround(static_cast<double>(count) * share), 1LL, static_cast<long long>(count - 1));
  auto middle = order.begin() + held_out;
  return {Positions(middle, order.end()), Positions(order.begin(), middle)};
}

std::uint64_t fingerprint(const Dataset& data) {
  std::uint64_t hash = 0;
  for (const Array& part : {data.images, data.labels}) {
    for (i64 extent : part.shape()) hash = mix(hash, static_cast<std::uint64_t>(extent));
    const auto bytes = part.values<std::uint8_t>();
    hash = mix(hash, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  return hash;
}

std::vector<i64> class_balance(const Dataset& data) {
  std::vector<i64> counts(data.label_names.size());
  for (std::uint8_t label : data.labels.values<std::uint8_t>()) ++counts[label];
  return counts;
}

std::vector<Positions> duplicates(const Array& images) {
  ImageIndex seen;
  std::map<i64, Positions> groups;
  for (i64 i = 0; i < images.dim(0); ++i) {
    if (auto first = seen.find_or_add(image_bytes(images, i), i)) {
      Positions& group = groups[*first];
      if (group.empty()) group.push_back(*first);
      group.push_back(i);
    }
  }
  std::vector<Positions> sorted;
  sorted.reserve(groups.size());
  for (auto& [first, group] : groups) sorted.push_back(std::move(group));
  return sorted;
}

std::vector<std::pair<i64, i64>> overlap(const Array& a, const Array& b) {
  require(a.rank() == 3 && b.rank() == 3 && a.dim(1) == b.dim(1) && a.dim(2) == b.dim(2),
          "images of different sizes cannot be compared: {} and {}", a.type(), b.type());
  ImageIndex known;
  for (i64 i = 0; i < a.dim(0); ++i) known.find_or_add(image_bytes(a, i), i);
  std::vector<std::pair<i64, i64>> found;
  for (i64 i = 0; i < b.dim(0); ++i) {
    if (auto first = known.find(image_bytes(b, i))) found.emplace_back(*first, i);
  }
  return found;
}

}  // namespace tenon
