// Pictures as they lie in files, by their first bytes.
#pragma once
#include <string>
#include <string_view>

#include "tensor/array.h"

namespace tenon {

enum class PictureFormat { Unknown, Png, Jpeg, Bmp, Pnm, Tiff, WebP, Jpeg2000 };
PictureFormat picture_format(std::string_view bytes);
std::string_view name_of(PictureFormat format);
/// PNG, JPEG, BMP and PNM (PBM, PGM, PPM).
bool is_readable(PictureFormat format);

/// u8 [H,W,C]: C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha). Samples of other depths become those of 8
/// bits. `name` is what messages call the file. Throws Error for what is damaged, of a format that is not readable, or
/// larger than 64 megapixels.
Array decode_picture(std::string_view bytes, const std::string& name);

}  // namespace tenon
