#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>

namespace tenon {
namespace {

/// Bytes of the well-formed UTF-8 character that `text` begins with; 0 where there is none (Unicode 15, table 3-7).
std::size_t character_size(std::string_view text) {
  auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
  auto follows = [&](std::size_t k, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(k) >= low && byte(k) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  const auto second = static_cast<unsigned char>(character[1]);
  if (character.size() == 2) return first == 0xC2 && second < 0xA0;  // U+0080 to U+009F
  // Line and paragraph separators and what turns the direction of text: U+2028 to U+202E, U+2066 to U+2069.
  const auto third = static_cast<unsigned char>(character[2]);
  return first == 0xE2 &&
         ((second == 0x80 && third >= 0xA8 && third <= 0xAE) || (second == 0x81 && third >= 0xA6 && third <= 0xA9));
}

}  // namespace

std::string printable(std::string_view text, LineBreaks breaks, std::size_t longest) {
  std::string out;
  const std::size_t head = text.size() > longest ? longest / 2 : text.size();
  bool shortened = false;
  for (std::size_t k = 0; k < text.size();) {
    if (k >= head && !shortened) {
      shortened = true;
      out += " … ";
      k = std::max(k, text.size() - longest / 2);
      while (k < text.size() && (text[k] & 0xC0) == 0x80) ++k;  // not in the middle of a character
      continue;
    }
    const std::size_t size = character_size(text.substr(k));
    const std::string_view character = text.substr(k, std::max<std::size_t>(size, 1));
    const bool kept_break = character == "\n" && breaks == LineBreaks::Keep;
    if (size == 0 || (is_control(character) && !kept_break)) {
      for (const char c : character) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += character;
    }
    k += character.size();
  }
  return out;
}

}  // namespace tenon
