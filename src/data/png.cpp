#include "data/png.h"

#include <png.h>

#include <limits>

#include "base/file.h"

namespace tenon {
namespace {

constexpr i64 kMaxPixels = i64{1} << 26;
constexpr i64 kMaxPngBytes = i64{1} << 29;
// More than the format needs for 64 megapixels of noise is not worth a look, and less data than this cannot fill an
// image: deflate's best ratio is 1032, and a pixel takes at least one bit.
constexpr i64 kMostPixelsPerByte = 1032 * 8;

/// png_image with its clean-up.
struct Image {
  png_image png{};
  Image() { png.version = PNG_IMAGE_VERSION; }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() { png_image_free(&png); }
};

png_uint_32 format_of_channels(i64 channels) {
  constexpr png_uint_32 kFormats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
  return kFormats[channels - 1];
}

}  // namespace

Array decode_png(std::string_view bytes, const std::string& name) {
  require(!bytes.empty(), "{}: the file is empty", name);
  Image image;
  require(png_image_begin_read_from_memory(&image.png, bytes.data(), bytes.size()) != 0, "{}: not a PNG image ({})",
          name, image.png.message);
  const i64 height = image.png.height, width = image.png.width;
  require(height * width <= kMaxPixels, "{}: {} x {} pixels; at most {} are read", name, width, height, kMaxPixels);
  require(height * width / kMostPixelsPerByte <= static_cast<i64>(bytes.size()),
          "{}: {} x {} pixels cannot come out of {} bytes: truncated or corrupted", name, width, height, bytes.size());
  image.png.format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;
  image.png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  Array pixels(DType::U8, {height, width, static_cast<i64>(PNG_IMAGE_SAMPLE_CHANNELS(image.png.format))});
  const bool complete = png_image_finish_read(&image.png, nullptr, pixels.raw(), 0, nullptr) != 0;
  require(complete, "{}: damaged PNG image ({})", name, image.png.message);
  return pixels;
}

Array read_png(const std::string& path) { return decode_png(read_file(path, kMaxPngBytes), path); }

void write_png(const std::string& path, const Array& image) {
  const i64 channels = image.rank() == 3 ? image.dim(2) : 1;
  require(image.dtype() == DType::U8 && (image.rank() == 2 || image.rank() == 3) && image.count() > 0 && channels <= 4,
          "{}: an image is u8[height,width] or u8[height,width,channels] with 1 to 4 channels, given {}", path,
          image.type());
  require(image.dim(0) * image.dim(1) <= kMaxPixels, "{}: {} x {} pixels; at most {} are written", path, image.dim(1),
          image.dim(0), kMaxPixels);
  const Array pixels = image.to_contiguous();
  Image png;
  png.png.height = static_cast<png_uint_32>(image.dim(0));
  png.png.width = static_cast<png_uint_32>(image.dim(1));
  png.png.format = format_of_channels(channels);
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png.png), '\0');
  png_alloc_size_t size = bytes.size();
  require(png_image_write_to_memory(&png.png, bytes.data(), &size, 0, pixels.raw(), 0, nullptr) != 0,
          "{}: the image cannot be encoded ({})", path, png.png.message);
  bytes.resize(size);
  write_file_atomically(path, bytes);
}

}  // namespace tenon
