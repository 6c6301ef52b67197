#include "ir/rewrite.h"

#include <algorithm>
#include <atomic>

namespace tenon {

Var::Var() {
  static std::atomic<std::int32_t> next{0};
  id_ = next++;
}

struct Pattern::Shape {
  enum class Kind : std::uint8_t { Any, Known, Uniform, Op } kind;
  std::int32_t id = -1;  // of the variable that it binds
  double value = 0;
  std::string_view op = {};
  std::vector<Pattern> operands = {};
};

Pattern::Pattern(Var any) : shape_(std::make_shared<const Shape>(Shape{Shape::Kind::Any, any.id()})) {}
Pattern::Pattern(double x) : shape_(std::make_shared<const Shape>(Shape{Shape::Kind::Uniform, -1, x})) {}
Pattern::Pattern(std::string_view op, std::int32_t id, std::vector<Pattern> operands)
    : shape_(std::make_shared<const Shape>(Shape{Shape::Kind::Op, id, 0, op, std::move(operands)})) {}

Pattern Pattern::known(Var v) {
  Pattern p(v);
  p.shape_ = std::make_shared<const Shape>(Shape{Shape::Kind::Known, v.id()});
  return p;
}

const Value* Match::find(std::int32_t id) const {
  auto found = std::ranges::find(bound_, id, [](const auto& entry) { return entry.first; });
  return found == bound_.end() ? nullptr : &found->second;
}

const Value& Match::bound(std::int32_t id) const {
  const Value* v = find(id);
  expect(v != nullptr, "a rule uses only variables that stand in its pattern");
  return *v;
}

// Searches for a way to match. Where a commutative operator leaves a choice, both orders are tried, and the side
// condition has the last word on each.
class Matcher {
 public:
  struct Goal {
    const Pattern* pattern;
    Value value;
  };

  Matcher(Match& match, const Rule::Condition& when) : match_(match), when_(when) {}

  bool run(std::vector<Goal> goals) {
    while (!goals.empty()) {
      Goal goal = std::move(goals.back());
      goals.pop_back();
      const Pattern::Shape& shape = *goal.pattern->shape_;
      if (shape.kind == Pattern::Shape::Kind::Op) {
        if (!bind_op(shape, goal.value)) return false;
        if (commutes(*goal.value.node())) return run_both_orders(goals, shape, goal.value);
        push_operands(goals, shape, goal.value, false);
      } else if (!bind_leaf(shape, goal.value)) {
        return false;
      }
    }
    return !when_ || when_(match_);
  }

 private:
  static bool commutes(const Node& node) { return node.op().traits().commutative && node.args().size() == 2; }

  static void push_operands(std::vector<Goal>& goals, const Pattern::Shape& shape, const Value& v, bool swapped) {
    std::size_t count = shape.operands.size();
    for (std::size_t k = count; k-- > 0;) {  // the first operand comes off the stack first
      goals.push_back({&shape.operands[k], v.node()->args()[swapped ? count - 1 - k : k]});
    }
  }

  bool run_both_orders(const std::vector<Goal>& goals, const Pattern::Shape& shape, const Value& v) {
    std::size_t bound = match_.bound_.size();
    for (bool swapped : {false, true}) {
      std::vector<Goal> more = goals;
      push_operands(more, shape, v, swapped);
      if (run(std::move(more))) return true;
      while (match_.bound_.size() > bound) match_.bound_.pop_back();
    }
    return false;
  }

  bool bind(std::int32_t id, const Value& v) {
    if (const Value* before = match_.find(id)) return *before == v;
    match_.bound_.push_back({id, v});
    return true;
  }

  bool bind_op(const Pattern::Shape& shape, const Value& v) {
    const Node& node = *v.node();
    return !node.is_parameter() && !node.is_settled() && node.op().name() == shape.op &&
           node.args().size() == shape.operands.size() && bind(shape.id, v);
  }

  bool bind_leaf(const Pattern::Shape& shape, const Value& v) {
    switch (shape.kind) {
      case Pattern::Shape::Kind::Any: return bind(shape.id, v);
      case Pattern::Shape::Kind::Known: return known_value(v) != nullptr && bind(shape.id, v);
      case Pattern::Shape::Kind::Uniform: {
        std::optional<Number> x = uniform_value(v);
        return x.has_value() && x->as_double() == shape.value;
      }
      default: return false;
    }
  }

  Match& match_;
  const Rule::Condition& when_;
};

Rule::Rule(std::string name, Pattern pattern, Condition when, Replacement by)
    : name_(std::move(name)), pattern_(std::move(pattern)), when_(std::move(when)), by_(std::move(by)) {}

Rule::Rule(std::string name, Pattern pattern, Condition when, Var by)
    : Rule(std::move(name), std::move(pattern), std::move(when), [by](const Match& m, Builder&) { return m[by]; }) {}

Value Rule::apply(const Value& v, Builder& b) const {
  Match match;
  match.root_ = v;
  if (!Matcher(match, when_).run({{&pattern_, v}})) return {};
  Value replacement = by_(match, b);
  if (replacement.defined() && replacement.type() != v.type()) {
    throw InternalError(fmt::format("rule {}: {} was replaced by {}", name_, v.type(), replacement.type()));
  }
  return replacement;
}

namespace {

class Rewriter {
 public:
  Rewriter(std::span<const Rule> rules, std::size_t budget) : rules_(rules), counts_(rules.size()), budget_(budget) {}

  /// One round over the function; whether any rule fired.
  bool round(Function& f) {
    std::size_t before = budget_;
    f = rebuild(f, [&](const Node& node, std::span<const Value> args) { return renewed(node, args); });
    return budget_ != before;
  }
  bool exhausted() const { return budget_ == 0; }
  const std::vector<int>& counts() const { return counts_; }

 private:
  Values renewed(const Node& node, std::span<const Value> args) {
    if (node.outputs() != 1) return {};
    bool kept = std::ranges::equal(args, node.args());
    Value value = kept ? Value(node.ref(), 0) : builder_.apply(node.op_ref(), args)[0];
    const Value original = value;
    while (apply_one(value)) {
    }
    return kept && value == original ? Values() : Values{value};
  }

  bool apply_one(Value& v) {
    for (std::size_t k = 0; k < rules_.size() && budget_ > 0; ++k) {
      Value replacement = rules_[k].apply(v, builder_);
      if (!replacement.defined() || replacement == v) continue;
      v = std::move(replacement);
      ++counts_[k];
      --budget_;
      return true;
    }
    return false;
  }

  std::span<const Rule> rules_;
  std::vector<int> counts_;
  std::size_t budget_;
  Builder builder_;
};

}  // namespace

Rewritten rewrite(const Function& f, std::span<const Rule> rules, int limit) {
  Rewriter rewriter(rules, (topological(f.results).size() + 1) * static_cast<std::size_t>(limit));
  Rewritten out{f, {}, true};
  while (rewriter.round(out.function)) {
  }
  out.finished = !rewriter.exhausted();
  for (std::size_t k = 0; k < rules.size(); ++k) {
    if (rewriter.counts()[k] > 0) out.fired.emplace_back(rules[k].name(), rewriter.counts()[k]);
  }
  return out;
}

}  // namespace tenon
