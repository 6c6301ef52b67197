#include "nn/definition.h"

#include <utility>

namespace tenon::nn {

Definition::Definition(const nlohmann::json& object, std::string place, int depth)
    : object_(object), place_(std::move(place)), depth_(depth) {
  constexpr int kDeepest = 64;
  require(depth <= kDeepest, "{}: modules are nested more than {} deep", place_, kDeepest);
  require(object.is_object(), "{}: expected an object with a field \"type\"", place_);
  const auto& type = field("type");
  require(type.is_string(), "{}: \"type\" must be a string", place_);
  type_ = type.get<std::string>();
  place_ += fmt::format(" ({})", type_);
}

const nlohmann::json& Definition::field(const std::string& name) const {
  auto found = object_.find(name);
  require(found != object_.end(), "{}: the field \"{}\" is missing", place_, name);
  read_.insert(name);
  return *found;
}

i64 Definition::integer(const std::string& name, i64 low, i64 high) const {
  const auto& value = field(name);
  const bool small =
      value.is_number_unsigned() ? std::in_range<i64>(value.get<std::uint64_t>()) : value.is_number_integer();
  require(small && value.get<i64>() >= low && value.get<i64>() <= high, "{}: \"{}\" must be an integer from {} to {}",
          place_, name, low, high);
  return value.get<i64>();
}

double Definition::number(const std::string& name, double low, double high) const {
  const auto& value = field(name);
  require(value.is_number() && value.get<double>() >= low && value.get<double>() <= high,
          "{}: \"{}\" must be a number from {} to {}", place_, name, low, high);
  return value.get<double>();
}

bool Definition::boolean(const std::string& name) const {
  const auto& value = field(name);
  require(value.is_boolean(), "{}: \"{}\" must be true or false", place_, name);
  return value.get<bool>();
}

std::vector<Definition> Definition::list(const std::string& name) const {
  const auto& value = field(name);
  require(value.is_array(), "{}: \"{}\" must be a list", place_, name);
  require(value.size() <= kMostListed, "{}: \"{}\" lists {} of them, expected at most {}", place_, name, value.size(),
          kMostListed);
  std::vector<Definition> all;
  for (std::size_t k = 0; k < value.size(); ++k)
    all.emplace_back(value[k], fmt::format("{}, {}.{}", place_, name, k), depth_ + 1);
  return all;
}

void Definition::require_all_read() const {
  for (const auto& [name, value] : object_.items())
    require(read_.contains(name), "{}: the field \"{}\" is unknown", place_, name);
}

}  // namespace tenon::nn
