// --shapes of tenon formula.
#include <algorithm>
#include <cctype>

#include "app/cli/formula_report.h"
#include "tensor/dim.h"

namespace tenon::app {

namespace {

constexpr std::string_view kForms = "expected 64x32, i64[64,32], [] for a scalar, or ?n for an extent that is unknown";
constexpr i64 kMostElements = i64(1) << 40;
constexpr std::size_t kMostDimensions = 16;

DType element_type(const std::string& name) {
  try {
    return dtype_from_name(name);
  } catch (const Error& e) {
    fail("--dtype: {}", e.what());
  }
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.front()))) s.remove_prefix(1);
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.back()))) s.remove_suffix(1);
  return s;
}

bool is_word(std::string_view s) {
  return !s.empty() && !std::isdigit(static_cast<unsigned char>(s[0])) &&
         std::ranges::all_of(s, [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)); });
}
bool is_number(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return std::isdigit(static_cast<unsigned char>(c)); });
}

/// The parts between separators; none of blank text.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  if (trimmed(text).empty()) return parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(separator, from), text.size());
    parts.push_back(trimmed(text.substr(from, to - from)));
    from = to + 1;
  }
  return parts;
}

Dim extent(std::string_view text, bool in_brackets) {
  if (text.empty() || text == "?")
    fail("an extent is missing{}", in_brackets ? "" : "; a name with an x stands in brackets, as in [?max,4]");
  if (is_number(text) && text.size() > 18)
    fail("the extent {} is too large, at most {} are counted", text, kMostElements);
  if (is_word(text)) fail("'{0}' is no extent; an unknown one is written ?{0}", text);
  const bool negative = text[0] == '-' && is_number(trimmed(text.substr(1)));
  if (negative) fail("the extent {} is negative", text);
  if (!in_brackets && !is_number(text) && text[0] != '?') fail("'{}' is no extent; {}", text, kForms);
  return dim_from_string(text);
}

Shape shape_of(std::string_view text, bool in_brackets) {
  Shape shape;
  for (const std::string_view part : split(text, in_brackets ? ',' : 'x')) shape.push_back(extent(part, in_brackets));
  require(shape.size() <= kMostDimensions, "{} dimensions, at most {} are read", shape.size(), kMostDimensions);
  double elements = 1;
  for (const Dim d : shape)
    if (d.is_constant()) elements *= static_cast<double>(d);
  require(elements <= static_cast<double>(kMostElements), "{} has more than {} elements", text, kMostElements);
  check_shape(shape);
  return shape;
}

/// "64x32", "[64,32]", "i64[64,32]"
Type type_of(std::string_view text, DType t) {
  require(!text.empty(), "the shape is missing; {}", kForms);
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos && text.find(']') == std::string_view::npos) {
    require(!is_word(text), "'{}' is no shape; {}", text, kForms);
    return {t, shape_of(text, false)};
  }
  require(open < text.find(']'), "'{}' has a ] without its [", text);
  require(text.find(']') != std::string_view::npos, "'{}' has a [ without its ]", text);
  require(text.find(']') == text.size() - 1, "'{}' goes on behind its ]", text);
  const std::string_view name = trimmed(text.substr(0, open));
  if (!name.empty()) t = dtype_from_name(std::string(name));
  return {t, shape_of(text.substr(open + 1, text.size() - open - 2), true)};
}

/// The entries between commas outside of brackets.
std::vector<std::string_view> entries_of(std::string_view text) {
  std::vector<std::string_view> entries;
  for (std::size_t from = 0; from <= text.size() && !trimmed(text).empty();) {
    std::size_t to = from;
    for (int depth = 0; to < text.size() && (text[to] != ',' || depth > 0); ++to)
      depth += (text[to] == '[') - (text[to] == ']');
    entries.push_back(trimmed(text.substr(from, to - from)));
    from = to + 1;
  }
  return entries;
}

}  // namespace

std::vector<NamedTensor> parse_shapes(const std::string& text, const std::string& dtype) {
  const DType t = element_type(dtype);
  std::vector<NamedTensor> list;
  for (const std::string_view entry : entries_of(text)) {
    require(!entry.empty(), "--shapes: nothing stands between two commas, or behind the last one");
    const std::size_t equals = entry.find('=');
    const std::string name(trimmed(entry.substr(0, std::min(equals, entry.size()))));
    require(
        equals != std::string_view::npos,
        "--shapes: '{}' is no shape of a tensor; expected NAME=64x32 (extents with x between them), NAME=i64[64,32] or "
        "NAME=[] for a scalar",
        entry);
    require(is_word(name), "--shapes: '{}' is no name of a tensor, in '{}'", name, entry);
    require(std::ranges::find(list, name, &NamedTensor::name) == list.end(), "--shapes: {} has two shapes", name);
    try {
      list.push_back({name, type_of(trimmed(entry.substr(equals + 1)), t)});
    } catch (const Error& e) {
      fail("--shapes: {}: {}", name, e.what());
    }
  }
  return list;
}

}  // namespace tenon::app
