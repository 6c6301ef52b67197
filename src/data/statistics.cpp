#include "data/statistics.h"

#include <cmath>

namespace tenon {

Statistics statistics_of(const Dataset& data, const Positions& samples) {
  require(!samples.empty(), "statistics of no samples");
  std::uint64_t sum = 0, squares = 0;  // 255² times 2^48 pixels still fits
  const auto pixels = data.images.values<std::uint8_t>();
  const auto size = static_cast<std::size_t>(data.height() * data.width());
  for (i64 sample : samples) {
    std::uint64_t image_sum = 0, image_squares = 0;
    for (std::uint8_t p : pixels.subspan(static_cast<std::size_t>(sample) * size, size)) {
      image_sum += p;
      image_squares += std::uint64_t{p} * p;
    }
    sum += image_sum;
    squares += image_squares;
  }
  const long double count = static_cast<long double>(samples.size()) * static_cast<long double>(size);
  const long double mean = static_cast<long double>(sum) / count;
  const long double variance = static_cast<long double>(squares) / count - mean * mean;
  return {static_cast<double>(mean / 255), static_cast<double>(std::sqrt(std::max(variance, 0.0L)) / 255)};
}

void normalise(std::span<const std::uint8_t> pixels, const Statistics& statistics, std::span<float> to) {
  expect(pixels.size() == to.size(), "normalise: sizes differ");
  const double spread = statistics.std > 0 ? statistics.std : 1;
  const auto scale = static_cast<float>(1 / (255 * spread)), shift = static_cast<float>(-statistics.mean / spread);
  constexpr std::size_t kBlock = 16;  // a fixed count lets the compiler use vectors
  std::size_t i = 0;
  for (; i + kBlock <= to.size(); i += kBlock) {
    for (std::size_t k = 0; k < kBlock; ++k) to[i + k] = static_cast<float>(pixels[i + k]) * scale + shift;
  }
  for (; i < to.size(); ++i) to[i] = static_cast<float>(pixels[i]) * scale + shift;
}

}  // namespace tenon
