// The rules by theme, and what their files share.
#pragma once
#include <initializer_list>

#include "op/functions.h"
#include "pass/rules.h"

namespace tenon {

/// Collects the rules of one theme.
class Theme {
 public:
  explicit Theme(std::string_view name) : name_(name) {}
  template <class... A>
  void exact(A&&... rule) {
    add(Exactness::BitExact, std::forward<A>(rule)...);
  }
  template <class... A>
  void reassociating(A&&... rule) {
    add(Exactness::Reassociating, std::forward<A>(rule)...);
  }
  template <class... A>
  void approximate(A&&... rule) {
    add(Exactness::Approximate, std::forward<A>(rule)...);
  }
  std::vector<AlgebraRule> take() { return std::move(rules_); }

 private:
  template <class... A>
  void add(Exactness exactness, A&&... rule) {
    rules_.push_back({Rule(std::forward<A>(rule)...), exactness, name_});
  }
  std::string_view name_;
  std::vector<AlgebraRule> rules_;
};

using M = const Match&;
using B = Builder;

inline std::size_t at(i64 d) { return static_cast<std::size_t>(d); }

/// A scalar constant.
Value constant_of(Number n, DType t);
/// The one number that the elements of a uniform value equal.
Number number_of(const Value& uniform);
/// The same as a double; of integers beyond 2^53 the nearest.
inline double double_of(const Value& uniform) { return number_of(uniform).as_double(); }

/// Broadcasting these gives the shape of the root, whatever the constants beside them.
bool shaped_by(M m, std::initializer_list<Var> values);
/// The same, and their element type is the root's.
bool typed_by(M m, std::initializer_list<Var> values);
/// The operator of a match of Pattern::elementwise applied to other operands.
Value reapplied(const Value& node, std::initializer_list<Value> operands);

inline bool is_float(const Value& v) { return is_float(v.dtype()); }
inline bool is_integer(const Value& v) { return is_integer(v.dtype()); }

std::vector<AlgebraRule> cast_rules();
std::vector<AlgebraRule> choice_rules();
std::vector<AlgebraRule> constant_rules();
std::vector<AlgebraRule> function_rules();
std::vector<AlgebraRule> identity_rules();
std::vector<AlgebraRule> integer_rules();
std::vector<AlgebraRule> negation_rules();
std::vector<AlgebraRule> product_rules();
std::vector<AlgebraRule> reduction_rules();
std::vector<AlgebraRule> shape_rules();
std::vector<AlgebraRule> piece_rules();

}  // namespace tenon
