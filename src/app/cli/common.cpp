#include "app/cli/common.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "compile/compiler.h"

namespace tenon::app {

void print_line(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (text.empty() || text.back() != '\n') std::fputc('\n', stdout);
  std::fflush(stdout);
}

void print_json(const nlohmann::ordered_json& object) {
  print_line(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_stages(const Function& f, const std::optional<std::string>& wanted, const Global& global) {
  std::string known;
  bool found = !wanted;
  for (const auto& [name, text] : compiler().stages(f)) {
    known += (known.empty() ? "" : ", ") + name;
    if (wanted && name != *wanted) continue;
    found = true;
    if (global.json)
      print_json({{"event", "stage"}, {"name", name}, {"text", text}});
    else if (!wanted)
      print_line(fmt::format("==== {}\n{}", name, text));
    else
      print_line(text);
  }
  require(found, "no stage is called '{}'; there are: {}", wanted.value_or(""), known);
}

void show_progress(double done, const std::string& next) {
  if (!isatty(STDERR_FILENO)) return;
  fmt::print(stderr, "\r\x1b[K");
  if (!next.empty()) fmt::print(stderr, "{:3.0f} %  {}", 100 * done, next);
  std::fflush(stderr);
}

bool colours() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string grouped(i64 number) {
  std::string text = std::to_string(number);
  std::size_t first = text[0] == '-' ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string count_text(double number) {
  return number < 0x1p62 ? grouped(static_cast<i64>(std::llround(number))) : fmt::format("{:.4g}", number);
}

std::string bytes_text(i64 bytes) {
  constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return grouped(bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(units); ++unit) size /= 1024;
  return fmt::format("{} ({:.1f} {})", grouped(bytes), size, units[unit]);
}

namespace {

// Letters, not bytes: continuation bytes of UTF-8 do not count.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], width_of(row[k]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t k = 0; k < row.size(); ++k) {
      std::string padding(widths[k] - width_of(row[k]), ' ');
      line += k == 0 ? row[k] + padding : "  " + padding + row[k];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

void require_suffix(const std::string& path, const std::string& suffix, const std::string& option) {
  std::string end = path.substr(path.size() - std::min(path.size(), suffix.size() + 1));
  std::transform(end.begin(), end.end(), end.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  require(end == "." + suffix, "{}: '{}' must end in .{}", option, path, suffix);
}

}  // namespace tenon::app
