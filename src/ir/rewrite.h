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
  /// A value whose elements are all known to equal `x`; 0 and -0 differ.
  Pattern(double x);
  Pattern(int x) : Pattern(static_cast<double>(x)) {}
  /// Any known value, bound to `v`.
  static Pattern known(Var v);
  /// A value whose elements are all known to equal one number (see uniform_value), bound to `v`.
  static Pattern uniform(Var v);
  /// Any element-wise operator with one result and these operands, in this order, to which all positions are alike
  /// (it has no axis); `node` binds its result.
  static Pattern elementwise(Var node, std::vector<Pattern> operands);
  /// An operator by name, `id` binding its node. Operands of commutative operators match in either order.
  Pattern(std::string_view op, std::int32_t id, std::vector<Pattern> operands);
  /// The same of any operands.
  Pattern(std::string_view op, std::int32_t id);

  /// What it says, for whoever draws values that match.
  struct Form;
  const Form& form() const { return *form_; }

 private:
  explicit Pattern(Form form);
  std::shared_ptr<const Form> form_;
};

struct Pattern::Form {
  enum class Kind : std::uint8_t { Any, Known, Uniform, Number, Op, Elementwise } kind = Kind::Any;
  std::int32_t id = -1;  ///< of the variable that it binds
  double value = 0;
  std::string_view op = {};
  std::vector<Pattern> operands = {};
  bool any_operands = false;
};

/// Stands for an operator of struct T and, applied to patterns, for its application.
template <class T>
class OpVar {
 public:
  template <class... P>
  Pattern operator()(const P&... operands) const {
    return Pattern(T::name, node_.id(), {Pattern(operands)...});
  }
  /// Its application to any number of operands.
  Pattern of_any() const { return Pattern(T::name, node_.id()); }
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

  explicit Match(const Value& root) : root_(root) {}
  const Value& root_;
  SmallVector<std::pair<std::int32_t, const Value*>, 6> bound_;  // they live in the root's nodes
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
  const Pattern& pattern() const { return pattern_; }
  /// The replacement of `v`, or an undefined value where the rule does not apply. Throws InternalError where the
  /// replacement has another type.
  Value apply(const Value& v, Builder& b) const;

 private:
  std::string name_;
  Pattern pattern_;
  Condition when_;
  Replacement by_;
};

/// Types of some nodes of `f` follow from what is known of the elements of others (Traits::extents_in), so that a
/// replacement must not know more or less of its elements.
bool reads_extents(const Function& f);

struct Rewritten {
  Function function;
  std::vector<std::pair<std::string, int>> fired;  ///< how often each rule did, in the order of the rules
  bool finished = true;                            ///< false where `limit` stopped the rewriting
};

/// Applies the rules everywhere, bottom-up and in their order, until none applies or `limit` replacements were made for
/// each node of `f`.
Rewritten rewrite(const Function& f, std::span<const Rule> rules, int limit = 8);

}  // namespace tenon
