// Operations on u8 images: [H,W] (grey) or [H,W,C].
#pragma once
#include "tensor/array.h"

namespace tenon {

/// [H,W,C] with C as read_png gives it to grey [H,W]: luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), after laying
/// transparent pixels over `background`. A grey [H,W] is returned as it is.
Array to_gray(const Array& image, std::uint8_t background = 255);

/// To `height` x `width`, both at least 1, along each axis on its own: where it shrinks each new pixel is the mean of
/// the area that it covers, where it grows the linear interpolation between pixel centres (edges repeated). The
/// channels are kept.
Array resize(const Array& image, i64 height, i64 width);

/// 255 - x
Array invert(const Array& image);

}  // namespace tenon
