// Contact sheets: many small images with captions in one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tensor/array.h"

namespace tenon {

struct SheetOptions {
  i64 columns = 10;
  i64 scale = 3;  ///< sheet pixels per image pixel
};

/// One entry of a sheet.
struct SheetItem {
  Array image;          ///< u8 [H,W], the same size for all
  std::string caption;  ///< one or more lines; cut where they are wider than the image
};

/// u8 [H,W], white where there is nothing. Throws Error when there is no item, sizes differ, or an option is out of
/// range.
Array contact_sheet(const std::vector<SheetItem>& items, const SheetOptions& options = {});

/// Draws one line of text into u8 [H,W] with its upper left corner at (x, y), clipped at the edges. A character is 5 x
/// 7 pixels and takes 6 x 7; letters are shown as capitals, unknown characters as a box.
void draw_text(Array& image, i64 x, i64 y, std::string_view text, std::uint8_t shade = 0);

}  // namespace tenon
