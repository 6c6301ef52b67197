#include "op/recurrent/step.h"

#include <charconv>

namespace tenon {

namespace {

struct Known {
  std::string_view name;
  std::vector<double> defaults;
};

const std::vector<Known>& known_activations() {
  static const std::vector<Known> all{{"tanh", {}},           {"sigmoid", {}},           {"relu", {}},
                                      {"soft_sign", {}},      {"softplus", {}},          {"elu", {1}},
                                      {"leaky_relu", {0.01}}, {"thresholded_relu", {1}}, {"hard_sigmoid", {0.2, 0.5}},
                                      {"affine", {1, 0}},     {"scaled_tanh", {1, 1}}};
  return all;
}

/// Splits at commas outside of parentheses.
std::vector<std::string> items(std::string_view list) {
  std::vector<std::string> all;
  int depth = 0;
  for (std::size_t k = 0; k < list.size(); ++k) {
    if (all.empty() || (list[k] == ',' && depth == 0)) all.emplace_back();
    if (list[k] == ',' && depth == 0) continue;
    depth += list[k] == '(' ? 1 : list[k] == ')' ? -1 : 0;
    if (list[k] != ' ') all.back() += list[k];
  }
  return all;
}

Activation activation_of(std::string_view op, const std::string& item) {
  const std::size_t open = item.find('(');
  Activation a{item.substr(0, open), {}};
  const auto& known = known_activations();
  const auto it = std::ranges::find(known, a.name, &Known::name);
  if (it == known.end()) {
    std::string names;
    for (const Known& k : known) names += (names.empty() ? "" : ", ") + std::string(k.name);
    fail("{}: the activation \"{}\" is unknown; known are {}", op, item, names);
  }
  a.numbers = it->defaults;
  if (open == std::string::npos) return a;
  require(item.back() == ')', "{}: the activation \"{}\" lacks a closing parenthesis", op, item);
  const auto numbers = items(std::string_view(item).substr(open + 1, item.size() - open - 2));
  require(numbers.size() <= a.numbers.size(), "{}: the activation \"{}\" takes {} numbers", op, item, a.numbers.size());
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const char* end = numbers[k].data() + numbers[k].size();
    const auto [stop, error] = std::from_chars(numbers[k].data(), end, a.numbers[k]);
    require(error == std::errc() && stop == end, "{}: \"{}\" in the activation \"{}\" is no number", op, numbers[k],
            item);
  }
  return a;
}

}  // namespace

std::vector<Activation> activations_of(std::string_view op, std::string_view list, std::size_t count) {
  std::vector<Activation> all;
  for (const std::string& item : items(list)) all.push_back(activation_of(op, item));
  require(all.size() == count, "{}: {} activations in \"{}\", expected {}", op, all.size(), list, count);
  return all;
}

}  // namespace tenon
