#include "data/image.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tenon {
namespace {

void check_image(const Array& image, const char* what) {
  require(image.dtype() == DType::U8 && (image.rank() == 2 || image.rank() == 3) && image.count() > 0,
          "{}: an image is u8[height,width] or u8[height,width,channels] with at least one pixel, given {}", what,
          image.type());
}

std::uint8_t round_to_u8(double x) { return static_cast<std::uint8_t>(std::clamp(std::lround(x), 0L, 255L)); }

/// A new pixel along one axis: the weighted sum of old ones from `first` on.
struct Tap {
  i64 first;
  std::vector<double> weights;
};

std::vector<Tap> shrinking_taps(i64 from, i64 to) {
  std::vector<Tap> taps;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (i64 i = 0; i < to; ++i) {
    const double begin = static_cast<double>(i) * scale, end = std::min(begin + scale, static_cast<double>(from));
    Tap tap{static_cast<i64>(begin), {}};
    for (i64 k = tap.first; k < from && static_cast<double>(k) < end; ++k) {
      const double covered = std::min(end, static_cast<double>(k + 1)) - std::max(begin, static_cast<double>(k));
      tap.weights.push_back(covered / scale);
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

std::vector<Tap> growing_taps(i64 from, i64 to) {
  std::vector<Tap> taps;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (i64 i = 0; i < to; ++i) {
    const double centre = std::clamp((static_cast<double>(i) + 0.5) * scale - 0.5, 0.0, static_cast<double>(from - 1));
    const i64 first = std::min(static_cast<i64>(centre), std::max<i64>(from - 2, 0));
    const double part = centre - static_cast<double>(first);
    taps.push_back(from == 1 ? Tap{0, {1.0}} : Tap{first, {1 - part, part}});
  }
  return taps;
}

/// Resamples axis 1 of [outer, extent, inner].
std::vector<double> resample(const std::vector<double>& data, i64 outer, i64 extent, i64 inner, i64 to) {
  const std::vector<Tap> taps = to < extent ? shrinking_taps(extent, to) : growing_taps(extent, to);
  std::vector<double> result(static_cast<std::size_t>(outer * to * inner));
  for (i64 o = 0; o < outer; ++o) {
    for (i64 i = 0; i < to; ++i) {
      const Tap& tap = taps[static_cast<std::size_t>(i)];
      double* out = result.data() + (o * to + i) * inner;
      for (std::size_t k = 0; k < tap.weights.size(); ++k) {
        const double* in = data.data() + (o * extent + tap.first + static_cast<i64>(k)) * inner;
        for (i64 c = 0; c < inner; ++c) out[c] += tap.weights[k] * in[c];
      }
    }
  }
  return result;
}

}  // namespace

Array to_gray(const Array& image, std::uint8_t background) {
  check_image(image, "to_gray");
  if (image.rank() == 2) return image;
  const i64 channels = image.dim(2);
  require(channels <= 4, "to_gray: expected 1 to 4 channels, given {}", image.type());
  const Array source = image.to_contiguous();
  const std::uint8_t* in = source.values<std::uint8_t>().data();
  Array gray(DType::U8, {image.dim(0), image.dim(1)});
  for (std::uint8_t& out : gray.values<std::uint8_t>()) {
    double luma = channels >= 3 ? 0.299 * in[0] + 0.587 * in[1] + 0.114 * in[2] : in[0];
    if (channels == 2 || channels == 4) {
      const double alpha = in[channels - 1] / 255.0;
      luma = alpha * luma + (1 - alpha) * background;
    }
    out = round_to_u8(luma);
    in += channels;
  }
  return gray;
}

Array resize(const Array& image, i64 height, i64 width) {
  check_image(image, "resize");
  require(height >= 1 && width >= 1 && height <= 65535 && width <= 65535,
          "resize: sides must lie between 1 and 65535, given {} x {}", width, height);
  const Array source = image.to_contiguous();
  const auto pixels = source.values<std::uint8_t>();
  const i64 channels = image.rank() == 3 ? image.dim(2) : 1;
  std::vector<double> data(pixels.begin(), pixels.end());
  data = resample(data, image.dim(0), image.dim(1), channels, width);
  data = resample(data, 1, image.dim(0), width * channels, height);
  Shape shape{height, width};
  if (image.rank() == 3) shape.push_back(channels);
  Array result(DType::U8, shape);
  std::transform(data.begin(), data.end(), result.values<std::uint8_t>().begin(), round_to_u8);
  return result;
}

Array invert(const Array& image) {
  check_image(image, "invert");
  Array result = image.clone();
  for (std::uint8_t& x : result.values<std::uint8_t>()) x = static_cast<std::uint8_t>(255 - x);
  return result;
}

}  // namespace tenon
