// Lines on standard error by category, chosen by TENON_LOG=compile,memory or TENON_LOG=all.
#pragma once
#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace tenon {

bool log_enabled(std::string_view category);
/// Replaces the choice of TENON_LOG; same syntax.
void set_log_categories(std::string_view comma_separated);
/// Writes "[category] text" as one line, whether or not the category is enabled.
void write_log_line(std::string_view category, const std::string& text);

/// Formats and writes a line if the category is enabled.
template <class... A>
void log_line(std::string_view category, fmt::format_string<A...> message, A&&... args) {
  if (log_enabled(category)) write_log_line(category, fmt::format(message, std::forward<A>(args)...));
}

}  // namespace tenon
