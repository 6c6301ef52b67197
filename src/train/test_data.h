// For the tests of this folder: small images that can be told apart, as files and in memory.
#pragma once
#include <algorithm>
#include <string>

#include "base/file.h"
#include "base/rng.h"
#include "base/test_folder.h"
#include "data/dataset.h"
#include "data/test_files.h"

namespace tenon::test {

inline constexpr i64 kSide = 6, kClasses = 3;

/// `count` images of 6x6: class c has two bright rows at 2c, under noise; labels in a random order.
inline Dataset stripes(i64 count, std::uint64_t seed) {
  Rng rng(seed);
  Array images(DType::U8, {count, kSide, kSide}), labels(DType::U8, {count});
  auto pixels = images.values<std::uint8_t>();
  for (i64 n = 0; n < count; ++n) {
    const auto label = static_cast<i64>(rng.below(kClasses));
    labels.set(n, Number::of_int(label));
    for (i64 y = 0; y < kSide; ++y)
      for (i64 x = 0; x < kSide; ++x) {
        const std::uint64_t bright = y / 2 == label ? 60 : 0;
        pixels[static_cast<std::size_t>((n * kSide + y) * kSide + x)] =
            static_cast<std::uint8_t>(bright + rng.below(160));
      }
  }
  return make_dataset(images, labels, {"top", "middle", "bottom"}, "stripes");
}

/// The four files of a data set in `folder`.
inline void write_stripes(const TestFolder& folder, i64 train, i64 test) {
  for (auto [name, count, seed] : {std::tuple{"train", train, 1}, std::tuple{"t10k", test, 2}}) {
    const Dataset data = stripes(count, static_cast<std::uint64_t>(seed));
    auto text = [](const Array& a) {
      const auto values = a.values<std::uint8_t>();
      return std::string(values.begin(), values.end());
    };
    const auto n = static_cast<std::uint32_t>(count), side = static_cast<std::uint32_t>(kSide);
    write_file_atomically(folder / (std::string(name) + "-images-idx3-ubyte"),
                          idx(8, {n, side, side}, text(data.images)));
    write_file_atomically(folder / (std::string(name) + "-labels-idx1-ubyte"), idx(8, {n}, text(data.labels)));
  }
}

}  // namespace tenon::test
