#include "data/sheet.h"

#include <algorithm>

#include "data/font.h"

namespace tenon {
namespace {

constexpr i64 kGap = 6, kLineHeight = kGlyphHeight + 2;
constexpr i64 kMaxSheetPixels = i64{1} << 26;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void draw_image(Array& sheet, const Array& image, i64 x, i64 y, i64 scale) {
  const Array source = image.to_contiguous();
  const auto from = source.values<std::uint8_t>();
  const auto to = sheet.values<std::uint8_t>();
  const i64 width = image.dim(1);
  for (i64 row = 0; row < image.dim(0) * scale; ++row) {
    std::uint8_t* out = to.data() + (y + row) * sheet.dim(1) + x;
    const std::uint8_t* in = from.data() + row / scale * width;
    for (i64 column = 0; column < width * scale; ++column) out[column] = in[column / scale];
  }
}

}  // namespace

void draw_text(Array& image, i64 x, i64 y, std::string_view text, std::uint8_t shade) {
  require(image.dtype() == DType::U8 && image.rank() == 2, "draw_text: expected u8[height,width], given {}",
          image.type());
  const auto pixels = image.values<std::uint8_t>();
  const i64 height = image.dim(0), width = image.dim(1);
  for (char c : text) {
    const Glyph& glyph = glyph_of(c);
    for (i64 row = 0; row < kGlyphHeight; ++row) {
      for (i64 column = 0; column < kGlyphWidth; ++column) {
        const bool set = (glyph[static_cast<std::size_t>(row)] >> (kGlyphWidth - 1 - column) & 1) != 0;
        const i64 px = x + column, py = y + row;
        if (set && px >= 0 && px < width && py >= 0 && py < height) {
          pixels[static_cast<std::size_t>(py * width + px)] = shade;
        }
      }
    }
    x += kGlyphAdvance;
  }
}

Array contact_sheet(const std::vector<SheetItem>& items, const SheetOptions& options) {
  require(!items.empty(), "a contact sheet needs at least one image");
  require(options.columns >= 1 && options.columns <= 1000 && options.scale >= 1 && options.scale <= 64,
          "a contact sheet has 1 to 1000 columns and a scale of 1 to 64, given {} and {}", options.columns,
          options.scale);
  const Type& type = items.front().image.type();
  require(type.dtype == DType::U8 && type.rank() == 2, "contact sheet: expected images u8[height,width], given {}",
          type);
  std::size_t caption_lines = 0;
  for (const SheetItem& item : items) {
    require(item.image.type() == type, "contact sheet: images of different sizes: {} and {}", type, item.image.type());
    caption_lines = std::max(caption_lines, lines_of(item.caption).size());
  }
  const i64 count = static_cast<i64>(items.size()), columns = std::min(options.columns, count);
  const i64 rows = (count + columns - 1) / columns;
  require(type.shape[0] <= 65535 && type.shape[1] <= 65535, "contact sheet: images too large: {}", type);
  const i64 image_height = type.shape[0] * options.scale, image_width = type.shape[1] * options.scale;
  const i64 cell_height = image_height + static_cast<i64>(caption_lines) * kLineHeight + kGap;
  const i64 cell_width = image_width + kGap;
  require(rows <= kMaxSheetPixels / (columns * cell_width + kGap) / cell_height,
          "contact sheet: {} images of {} at scale {} give more than {} pixels; show fewer", count, type, options.scale,
          kMaxSheetPixels);
  Array sheet = Array::full({DType::U8, {rows * cell_height + kGap, columns * cell_width + kGap}}, Number::of_int(255));
  for (i64 i = 0; i < count; ++i) {
    const SheetItem& item = items[static_cast<std::size_t>(i)];
    const i64 x = kGap + i % columns * cell_width, y = kGap + i / columns * cell_height;
    draw_image(sheet, item.image, x, y, options.scale);
    i64 line_y = y + image_height + 2;
    for (std::string_view line : lines_of(item.caption)) {
      draw_text(sheet, x, line_y, line.substr(0, static_cast<std::size_t>((image_width + 1) / kGlyphAdvance)));
      line_y += kLineHeight;
    }
  }
  return sheet;
}

}  // namespace tenon
