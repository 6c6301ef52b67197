#include "base/suggest.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tenon {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      row[k] = std::min({last[k] + 1, row[k - 1] + 1, last[k - 1] + (a[i - 1] != b[k - 1])});
      bool swapped = i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
      if (swapped) row[k] = std::min(row[k], before[k - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string suggestion(std::string_view given, std::span<const std::string_view> known) {
  constexpr std::size_t kLongest = 64, kShown = 3;
  if (given.empty() || given.size() > kLongest) return {};
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (std::string_view name : known) {
    if (name.size() > kLongest) continue;
    std::size_t distance = edit_distance(given, name);
    bool prefix = given.size() >= 3 && name.starts_with(given);
    if (prefix || distance <= std::max<std::size_t>(1, given.size() / 3)) near.emplace_back(distance, name);
  }
  std::ranges::sort(near);
  std::string text;
  for (std::size_t k = 0; k < near.size() && k < kShown; ++k) {
    text += (k == 0 ? "; did you mean " : ", ") + std::string(near[k].second);
  }
  return text.empty() ? text : text + "?";
}

std::string listed(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace tenon
