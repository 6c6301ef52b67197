#include "base/log.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace tenon {
namespace {

using Categories = std::vector<std::string>;

Categories parsed(std::string_view text) {
  Categories list;
  while (!text.empty()) {
    std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) list.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

// Never destroyed: static objects may log while they go.
struct State {
  std::mutex mutex;
  Categories categories;
  std::atomic<bool> any;

  State() {
    const char* text = std::getenv("TENON_LOG");
    categories = parsed(text ? text : "");
    any = !categories.empty();
  }
  static State& instance() {
    static State& state = *new State;
    return state;
  }
};

}  // namespace

bool log_enabled(std::string_view category) {
  State& state = State::instance();
  if (!state.any.load(std::memory_order_relaxed)) return false;
  std::lock_guard lock(state.mutex);
  for (const std::string& c : state.categories) {
    if (c == category || c == "all") return true;
  }
  return false;
}

void set_log_categories(std::string_view comma_separated) {
  State& state = State::instance();
  std::lock_guard lock(state.mutex);
  state.categories = parsed(comma_separated);
  state.any = !state.categories.empty();
}

void write_log_line(std::string_view category, const std::string& text) {
  std::string line = fmt::format("[{}] {}\n", category, text);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace tenon
