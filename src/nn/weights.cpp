#include "nn/weights.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "base/suggest.h"

namespace tenon::nn {

namespace {

std::vector<std::string_view> split_at_stars(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t star = text.find('*');
    parts.push_back(text.substr(0, star));
    if (star == std::string_view::npos) return parts;
    text.remove_prefix(star + 1);
  }
}

/// What the stars of the pattern stand for; nothing where the pattern does not fit the name.
std::optional<std::vector<std::string_view>> fitted(std::string_view pattern, std::string_view name) {
  const auto parts = split_at_stars(pattern);
  if (parts.size() == 1)
    return pattern == name ? std::optional<std::vector<std::string_view>>(std::in_place) : std::nullopt;
  if (!name.starts_with(parts.front())) return std::nullopt;
  name.remove_prefix(parts.front().size());
  std::vector<std::string_view> stars;
  for (std::size_t k = 1; k + 1 < parts.size(); ++k) {
    const std::size_t at = name.find(parts[k]);
    if (at == std::string_view::npos) return std::nullopt;
    stars.push_back(name.substr(0, at));
    name.remove_prefix(at + parts[k].size());
  }
  if (!name.ends_with(parts.back())) return std::nullopt;
  stars.push_back(name.substr(0, name.size() - parts.back().size()));
  return stars;
}

std::string with_stars(std::string_view pattern, const std::vector<std::string_view>& stars) {
  const auto parts = split_at_stars(pattern);
  std::string text(parts[0]);
  for (std::size_t k = 1; k < parts.size(); ++k) text.append(stars[k - 1]).append(parts[k]);
  return text;
}

std::string text_of(const WeightRule& r) {
  return fmt::format("{} ->{}{}{}", r.from, r.to.empty() ? "" : " ", r.to, r.transposed ? " transposed" : "");
}

void check(const WeightRule& r) {
  require(!r.from.empty(), "the rule '{}' does not say which tensors it is for", text_of(r));
  require(r.to.empty() || std::ranges::count(r.from, '*') == std::ranges::count(r.to, '*'),
          "the rule '{}' has not as many stars on one side as on the other", text_of(r));
}

Array with_last_axes_swapped(const Array& array) {
  if (array.rank() < 2) return array;
  Ints order;
  for (i64 axis = 0; axis < array.rank(); ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return array.transposed(order);
}

/// Tensors by their new names, each with the old one, and what went wrong.
struct Renamed {
  struct Item {
    std::string origin;
    Array array;
  };
  std::map<std::string, Item> items;
  std::vector<std::string> collisions;
  std::vector<std::string> idle_rules;  ///< those that fitted nothing
};

Renamed rename(const std::map<std::string, Array>& arrays, std::span<const WeightRule> rules) {
  for (const WeightRule& r : rules) check(r);
  Renamed renamed;
  std::vector<bool> used(rules.size());
  for (const auto& [name, array] : arrays) {
    std::string to = name;
    Array value = array;
    for (std::size_t k = 0; k < rules.size(); ++k) {
      const auto stars = fitted(rules[k].from, name);
      if (!stars) continue;
      used[k] = true;
      to = rules[k].to.empty() ? "" : with_stars(rules[k].to, *stars);
      if (rules[k].transposed) value = with_last_axes_swapped(array);
      break;
    }
    if (to.empty()) continue;
    const auto [at, fresh] = renamed.items.emplace(to, Renamed::Item{name, value});
    if (!fresh)
      renamed.collisions.push_back(fmt::format("{} and {} both become {}", printable_name(at->second.origin),
                                               printable_name(name), printable_name(to)));
  }
  for (std::size_t k = 0; k < rules.size(); ++k)
    if (!used[k]) renamed.idle_rules.push_back(text_of(rules[k]));
  return renamed;
}

std::string origin_of(const std::string& name, const Renamed::Item& item) {
  const std::string shown = printable_name(name);
  return item.origin == name ? shown : fmt::format("{} (in the file {})", shown, printable_name(item.origin));
}

bool converts(const Type& from, const Type& to) {
  return from.is_dense() && from.shape == to.shape &&
         (from.dtype == to.dtype || (is_float(from.dtype) && is_float(to.dtype)));
}

std::string mismatch(const std::string& name, const Renamed::Item& item, const Type& expected) {
  std::string text = fmt::format("{} is {}, the module has {}", origin_of(name, item), item.array.type(), expected);
  if (item.array.is_dense() && converts(with_last_axes_swapped(item.array).type(), expected))
    text += "; transposed it fits";
  return text;
}

/// Everything that is wrong, a line for each kind of fault or for each tensor of another type.
class Problems {
 public:
  void add(std::string_view kind, const std::vector<std::string>& names) {
    if (!names.empty()) text_ += fmt::format("\n  {}: {}", kind, listed(names));
  }
  void add_each(std::string_view kind, const std::vector<std::string>& sentences) {
    for (const std::string& s : sentences) text_ += fmt::format("\n  {}: {}", kind, s);
  }
  bool none() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// What is near to the missing names among those that nothing expects. Distances of many long names take long.
std::string nearest(const std::string& missing, const std::vector<std::string>& unexpected) {
  constexpr std::size_t kFew = 200;
  if (unexpected.size() > kFew) return {};
  const std::vector<std::string_view> known(unexpected.begin(), unexpected.end());
  return suggestion(missing, known);
}

}  // namespace

WeightRule weight_rule(std::string_view text) {
  constexpr std::string_view kArrow = "->", kTransposed = " transposed";
  const auto trimmed = [](std::string_view t) {
    const std::size_t first = t.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view() : t.substr(first, t.find_last_not_of(' ') - first + 1);
  };
  const std::size_t arrow = text.find(kArrow);
  require(arrow != std::string_view::npos && text.find(kArrow, arrow + 1) == std::string_view::npos,
          "'{}' is no rule for names; expected such as 'encoder.layers.* -> blocks.*' or '*.kernel -> *.weight "
          "transposed'",
          text);
  std::string_view to = trimmed(text.substr(arrow + kArrow.size()));
  WeightRule rule;
  rule.transposed = to.ends_with(kTransposed);
  if (rule.transposed) to = trimmed(to.substr(0, to.size() - kTransposed.size()));
  rule.from = trimmed(text.substr(0, arrow));
  rule.to = to;
  check(rule);
  return rule;
}

std::map<std::string, Array> renamed_weights(const std::map<std::string, Array>& arrays,
                                             std::span<const WeightRule> rules) {
  Renamed renamed = rename(arrays, rules);
  require(renamed.collisions.empty(), "tensors lose each other under the rules: {}", listed(renamed.collisions));
  std::map<std::string, Array> result;
  for (auto& [name, item] : renamed.items) result.emplace(name, std::move(item.array));
  return result;
}

void load_weights(const Module& module, const std::map<std::string, Array>& arrays, std::span<const WeightRule> rules) {
  Renamed renamed = rename(arrays, rules);
  std::vector<std::string> missing, unexpected, unexpected_names, mismatches;
  std::vector<std::pair<Parameter, Renamed::Item>> found;
  for (const Parameter& p : module.state()) {
    const auto item = renamed.items.find(p.name());
    if (item == renamed.items.end()) {
      if (!is_integer(p.type().dtype)) missing.push_back(p.name());
      continue;
    }
    if (!converts(item->second.array.type(), p.type()))
      mismatches.push_back(mismatch(p.name(), item->second, p.type()));
    found.emplace_back(p, std::move(item->second));
    renamed.items.erase(item);
  }
  for (const auto& [name, item] : renamed.items) {
    unexpected.push_back(origin_of(name, item));
    unexpected_names.push_back(name);
  }
  if (missing.size() <= 20)
    for (std::string& name : missing) name += nearest(name, unexpected_names);
  Problems problems;
  problems.add("missing", missing);
  problems.add("unexpected", unexpected);
  problems.add_each("other type", mismatches);
  problems.add_each("one name twice", renamed.collisions);
  if (!problems.none()) problems.add_each("fits no tensor", renamed.idle_rules);
  require(problems.none(), "the weights do not fit the module:{}", problems.text());
  for (auto& [slot, item] : found)
    slot.set(Tensor(item.array.dtype() == slot.type().dtype ? item.array.clone() : item.array.cast(slot.type().dtype)));
}

}  // namespace tenon::nn
