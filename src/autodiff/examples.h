// What vmap is made of: values of many examples along a new first dimension.
#pragma once
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// One value per example along a new first dimension, or one for all.
struct Mapped {
  Value value;
  bool batched = false;
};

/// A function of which some parameters and results have the new dimension.
struct MappedFunction {
  FunctionPtr f;
  std::vector<char> batched;  ///< by result
};

class Examples {
 public:
  explicit Examples(Dim n) : n_(n) {}
  Dim count() const { return n_; }
  Builder& builder() { return builder_; }

  /// What a graph from `from` to `roots` gives where `to` stands for `from`.
  std::vector<Mapped> substitute(std::span<const Value> roots, std::span<const Value> from, std::span<const Mapped> to);
  /// `f` on parameters of which `batched` ones are per example. Results that `force` marks are so too.
  MappedFunction function(const Function& f, std::span<const char> batched, std::span<const char> force = {});

  /// The value for each example, repeated where it is one for all.
  Value repeated(const Mapped& x);
  Type type_of_all(Type one) const;
  Value moved(const Value& x, i64 from, i64 to);  ///< one dimension to another place

  /// Operators that hold functions; nothing for any other.
  std::optional<std::vector<Mapped>> control(const Op& op, std::span<const Mapped> in);
  /// An operator by its own rule, where it has one: on other axes, on shifted positions.
  std::optional<std::vector<Mapped>> special(const Op& op, std::span<const Mapped> in);
  std::vector<Mapped> all_batched(const Values& outputs) const;

 private:
  std::vector<Mapped> apply(const Node& node, std::span<const Mapped> in);
  std::vector<Mapped> by_formula(const Node& node, std::span<const Mapped> in);
  std::vector<Mapped> by_expansion(const Op& op, std::span<const Mapped> in);
  std::vector<Mapped> with_own_gradient(const Node& node, std::span<const Mapped> in);
  std::vector<Mapped> one_by_one(const Node& node, std::span<const Mapped> in);

  Dim n_;
  Builder builder_;
};

/// Which of them are per example.
std::vector<char> marks_of(std::span<const Mapped> in);

}  // namespace tenon
