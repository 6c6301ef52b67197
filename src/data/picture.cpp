#include "data/picture.h"

#include <array>

#include "data/formats.h"
#include "data/png.h"

namespace tenon {

namespace {

using namespace std::string_view_literals;

struct Start {
  std::string_view bytes;
  PictureFormat format;
};
constexpr Start kStarts[] = {{"\x89PNG\r\n\x1a\n"sv, PictureFormat::Png},
                             {"\xff\xd8\xff"sv, PictureFormat::Jpeg},
                             {"BM"sv, PictureFormat::Bmp},
                             {"II*\0"sv, PictureFormat::Tiff},
                             {"MM\0*"sv, PictureFormat::Tiff},
                             {"\0\0\0\x0cjP  "sv, PictureFormat::Jpeg2000},
                             {"\xff\x4f\xff\x51"sv, PictureFormat::Jpeg2000}};

}  // namespace

PictureFormat picture_format(std::string_view bytes) {
  for (const Start& start : kStarts)
    if (bytes.starts_with(start.bytes)) return start.format;
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return PictureFormat::WebP;
  const bool is_pnm = bytes.size() >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6';
  return is_pnm ? PictureFormat::Pnm : PictureFormat::Unknown;
}

std::string_view name_of(PictureFormat format) {
  constexpr std::array kNames{"unknown"sv, "PNG"sv, "JPEG"sv, "BMP"sv, "PNM"sv, "TIFF"sv, "WebP"sv, "JPEG 2000"sv};
  return kNames[static_cast<std::size_t>(format)];
}

bool is_readable(PictureFormat format) {
  return format == PictureFormat::Png || format == PictureFormat::Jpeg || format == PictureFormat::Bmp ||
         format == PictureFormat::Pnm;
}

void require_pixels(const std::string& name, i64 height, i64 width) {
  require(height > 0 && width > 0, "{}: the picture has {} x {} pixels", name, width, height);
  require(height <= kMostPixels / width, "{}: {} x {} pixels; at most {} are read", name, width, height, kMostPixels);
}

Array decode_picture(std::string_view bytes, const std::string& name) {
  switch (const PictureFormat format = picture_format(bytes)) {
    case PictureFormat::Png: return decode_png(bytes, name);
    case PictureFormat::Jpeg: return decode_jpeg(bytes, name);
    case PictureFormat::Bmp: return decode_bmp(bytes, name);
    case PictureFormat::Pnm: return decode_pnm(bytes, name);
    default: fail("{}: a picture of format {}; readable are PNG, JPEG, BMP, PBM, PGM and PPM", name, name_of(format));
  }
}

}  // namespace tenon
