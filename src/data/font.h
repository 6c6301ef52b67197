// A bitmap font, 5 pixels wide and 7 high.
#pragma once
#include <array>
#include <cstdint>

namespace tenon {

inline constexpr int kGlyphWidth = 5, kGlyphHeight = 7, kGlyphAdvance = 6;

/// Rows from above; the leftmost pixel is bit 4.
using Glyph = std::array<std::uint8_t, kGlyphHeight>;

/// Lower-case letters look like capitals; a character that the font lacks is a box.
const Glyph& glyph_of(char c);

}  // namespace tenon
