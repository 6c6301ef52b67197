// The description of a module as JSON, read with checks.
#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tensor/dtype.h"

namespace tenon::nn {

/// A JSON object {"type":"linear",…} from outside. Each reader throws Error, naming the place, where a field is
/// missing, of another kind, or out of range.
class Definition {
 public:
  static constexpr i64 kMostUnits = i64(1) << 31;
  static constexpr std::size_t kMostListed = 10'000;

  /// `place` is what messages call it.
  explicit Definition(const nlohmann::json& object, std::string place = "model definition", int depth = 0);

  const std::string& type() const { return type_; }
  const std::string& place() const { return place_; }
  i64 integer(const std::string& name, i64 low, i64 high) const;
  double number(const std::string& name, double low, double high) const;
  bool boolean(const std::string& name) const;
  /// Definitions inside of this one, at most kMostListed.
  std::vector<Definition> list(const std::string& name) const;
  /// Throws Error where there is a field that nobody has asked for.
  void require_all_read() const;

 private:
  const nlohmann::json& field(const std::string& name) const;
  const nlohmann::json& object_;
  std::string place_, type_;
  int depth_;
  mutable std::set<std::string> read_{"type"};
};

}  // namespace tenon::nn
