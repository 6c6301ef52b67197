#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tenon {

enum class LineBreaks { Keep, Escape };

/// Text that may hold anything, for a terminal: control characters and bytes that are no UTF-8 are written as \x1b, and
/// the middle of a text of more than `longest` bytes is left out.
std::string printable(std::string_view text, LineBreaks breaks = LineBreaks::Keep, std::size_t longest = 2000);

/// A name out of a file, as one short word in a line of output.
inline std::string printable_name(std::string_view name) { return printable(name, LineBreaks::Escape, 80); }

}  // namespace tenon
