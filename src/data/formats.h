// Readers of single formats; see picture.h for what they give and throw.
#pragma once
#include <string>
#include <string_view>

#include "tensor/array.h"

namespace tenon {

inline constexpr i64 kMostPixels = i64{1} << 26;
/// Throws Error where a picture has no pixels or more than are read.
void require_pixels(const std::string& name, i64 height, i64 width);

/// Lossy JPEG, by libjpeg-turbo with its smooth upsampling: grey or RGB.
Array decode_jpeg(std::string_view bytes, const std::string& name);
/// Windows bitmaps without compression, of 1, 4, 8, 24 or 32 bits: RGB.
Array decode_bmp(std::string_view bytes, const std::string& name);
/// PBM, PGM and PPM, as text or as bytes: grey or RGB.
Array decode_pnm(std::string_view bytes, const std::string& name);

}  // namespace tenon
