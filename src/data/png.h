// PNG images.
#pragma once
#include <string>
#include <string_view>

#include "tensor/array.h"

namespace tenon {

/// Reads an image as u8 [H,W,C]: C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha). Palettes are looked up, 1
/// to 4-bit samples are scaled to 8 bits, 16-bit ones rounded to 8; a gamma that the file gives is corrected to sRGB.
/// Throws Error, naming the path, for a file that is missing, damaged, no PNG, or larger than 64 megapixels.
Array read_png(const std::string& path);
/// The same for the content of a file; `name` is what messages call it.
Array decode_png(std::string_view bytes, const std::string& name);

/// Writes u8 [H,W] or [H,W,C], C as above; throws Error for anything else or when the file cannot be written.
void write_png(const std::string& path, const Array& image);

}  // namespace tenon
