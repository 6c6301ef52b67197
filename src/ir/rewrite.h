// Rewrite rules that read like algebra.
//
//   Var x;
//   OpVar<Transpose> outer, inner;
//   Rule r("transpose(transpose(x))", outer(inner(x)), [=](const Match& m, Builder& b) {
//     return b.apply1(make_op(Transpose{compose(m[outer], m[inner])}), {m[x]});
//   });
//   Rule s("cast(x) to x's own type", cast(x), [=](const Match& m) { return m[cast].dtype == m[x].dtype(); }, x);
//
// A rule is a pattern, a side condition and a replacement. Variables are declared beside the rules; one that stands in
// a pattern twice must match the same value twice.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// Stands for any value.
class Var {
 public:
  Var();
  std::int32_t id() const { return id_; }

 private:
  std::int32_t id_;
};

/// What a value must look like. Immutable, cheap to copy.
class Pattern {
 public:
  Pattern(Var any);
  /// A value whose elements are all known to equal `x`.
  Pattern(double x);
  Pattern(int x) : Pattern(static_cast<double>(x)) {}
  /// Any known value, bound to `v`.
  static Pattern known(Var v);
  /// An operator by name, `id` binding its node. Operands of commutative operators match in either order.
  Pattern(std::string_view op, std::int32_t id, std::vector<Pattern> operands);

 private:
  friend class Matcher;
  struct Shape;
  std::shared_ptr<const Shape> shape_;
};

/// Stands for an operator of struct T and, applied to patterns, for its application.
template <class T>
class OpVar {
 public:
  template <class... P>
  Pattern operator()(const P&... operands) const {
    return Pattern(T::name, node_.id(), {Pattern(operands)...});
  }
  std::int32_t id() const { return node_.id(); }

 private:
  Var node_;
};

/// What the variables of a rule stand for at one place.
class Match {
 public:
  /// The value that is to be replaced.
  const Value& root() const { return root_; }
  const Value& operator[](const Var& v) const { return bound(v.id()); }
  /// The operator struct that was matched (needs op/op.h).
  template <class T>
  const T& operator[](const OpVar<T>& v) const {
    return *get_if<T>(bound(v.id()).node()->op());
  }
  /// The value that an operator variable matched.
  template <class T>
  const Value& value(const OpVar<T>& v) const {
    return bound(v.id());
  }

 private:
  friend class Matcher;
  friend class Rule;
  const Value& bound(std::int32_t id) const;
  const Value* find(std::int32_t id) const;

  Value root_;
  SmallVector<std::pair<std::int32_t, Value>, 6> bound_;
};

class Rule {
 public:
  using Condition = std::function<bool(const Match&)>;
  using Replacement = std::function<Value(const Match&, Builder&)>;

  Rule(std::string name, Pattern pattern, Condition when, Replacement by);
  Rule(std::string name, Pattern pattern, Replacement by) : Rule(std::move(name), pattern, {}, std::move(by)) {}
  Rule(std::string name, Pattern pattern, Condition when, Var by);
  Rule(std::string name, Pattern pattern, Var by) : Rule(std::move(name), pattern, {}, by) {}

  const std::string& name() const { return name_; }
  /// The replacement of `v`, or an undefined value where the rule does not apply. Throws InternalError where the
  /// replacement has another type.
  Value apply(const Value& v, Builder& b) const;

 private:
  std::string name_;
  Pattern pattern_;
  Condition when_;
  Replacement by_;
};

struct Rewritten {
  Function function;
  std::vector<std::pair<std::string, int>> fired;  ///< how often each rule did, in the order of the rules
  bool finished = true;                            ///< false where `limit` stopped the rewriting
};

/// Applies the rules everywhere, bottom-up and in their order, until none applies or `limit` replacements were made for
/// each node of `f`.
Rewritten rewrite(const Function& f, std::span<const Rule> rules, int limit = 8);

}  // namespace tenon
