#include "ir/rewrite.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <unordered_map>

namespace tenon {

Var::Var() {
  static std::atomic<std::int32_t> next{0};
  id_ = next++;
}

Pattern::Pattern(Form form) : form_(std::make_shared<const Form>(std::move(form))) {}
Pattern::Pattern(Var any) : Pattern(Form{Form::Kind::Any, any.id()}) {}
Pattern::Pattern(double x) : Pattern(Form{Form::Kind::Number, -1, x}) {}
Pattern::Pattern(std::string_view op, std::int32_t id, std::vector<Pattern> operands)
    : Pattern(Form{Form::Kind::Op, id, 0, op, std::move(operands)}) {}
Pattern::Pattern(std::string_view op, std::int32_t id) : Pattern(Form{Form::Kind::Op, id, 0, op, {}, true}) {}

Pattern Pattern::known(Var v) { return Pattern(Form{Form::Kind::Known, v.id()}); }
Pattern Pattern::uniform(Var v) { return Pattern(Form{Form::Kind::Uniform, v.id()}); }
Pattern Pattern::elementwise(Var node, std::vector<Pattern> operands) {
  return Pattern(Form{Form::Kind::Elementwise, node.id(), 0, {}, std::move(operands)});
}

const Value* Match::find(std::int32_t id) const {
  auto found = std::ranges::find(bound_, id, [](const auto& entry) { return entry.first; });
  return found == bound_.end() ? nullptr : found->second;
}

const Value& Match::bound(std::int32_t id) const {
  const Value* v = find(id);
  expect(v != nullptr, "a rule uses only variables that stand in its pattern");
  return *v;
}

namespace {

/// Reading all of a larger constant for each rule would cost more than the rule saves.
constexpr i64 kMostScanned = 4096;

std::optional<Number> small_uniform_value(const Value& v) {
  const Array* array = known_value(v);
  if (array != nullptr && (!array->is_dense() || array->dtype() == DType::Str || array->count() > kMostScanned))
    return {};
  return uniform_value(v);
}

bool is_number(const Value& v, double x) {
  const std::optional<Number> n = small_uniform_value(v);
  return n.has_value() && n->as_double() == x && std::signbit(n->as_double()) == std::signbit(x);
}

bool same_name(std::string_view a, std::string_view b) { return a.size() == b.size() && a == b; }

bool is_operator(const Node& n) { return !n.is_parameter() && !n.is_settled(); }

/// One operand of such an operator lies along an axis of the other: positions are not all alike.
bool has_axis(const Node& n) {
  for (const Field& field : n.op().fields())
    if (field.name == "axis") return true;
  return false;
}

/// The operator alone; nothing of its operands.
bool is_of(const Node& n, const Pattern::Form& form) {
  if (!is_operator(n)) return false;
  if (form.kind == Pattern::Form::Kind::Elementwise)
    return n.args().size() == form.operands.size() && n.outputs() == 1 && n.op().traits().elementwise;
  return (form.any_operands || n.args().size() == form.operands.size()) && same_name(n.op().name(), form.op);
}

}  // namespace

// Searches for a way to match. Where a commutative operator leaves a choice, both orders are tried, and the side
// condition has the last word on each.
class Matcher {
 public:
  struct Goal {
    const Pattern::Form* form;
    const Value* value;
  };
  using Goals = SmallVector<Goal, 8>;

  Matcher(Match& match, const Rule::Condition& when) : match_(match), when_(when) {}

  bool run(Goals goals) {
    while (!goals.empty()) {
      const Goal goal = goals.back();
      goals.pop_back();
      const Pattern::Form& form = *goal.form;
      if (form.kind == Pattern::Form::Kind::Op || form.kind == Pattern::Form::Kind::Elementwise) {
        if (!is_of(*goal.value->node(), form) || !bind(form.id, *goal.value)) return false;
        if (form.any_operands) continue;
        if (form.kind == Pattern::Form::Kind::Elementwise) elementwise_ = goal.value->node().get();
        if (form.kind == Pattern::Form::Kind::Op && commutes(*goal.value->node()))
          return run_both_orders(goals, form, *goal.value);
        push_operands(goals, form, *goal.value, false);
      } else if (!bind_leaf(form, *goal.value)) {
        return false;
      }
    }
    return (elementwise_ == nullptr || !has_axis(*elementwise_)) && (!when_ || when_(match_));
  }

 private:
  static bool commutes(const Node& node) { return node.op().traits().commutative && node.args().size() == 2; }

  static void push_operands(Goals& goals, const Pattern::Form& form, const Value& v, bool swapped) {
    std::size_t count = form.operands.size();
    for (std::size_t k = count; k-- > 0;) {  // the first operand comes off the stack first
      goals.push_back({&form.operands[k].form(), &v.node()->args()[swapped ? count - 1 - k : k]});
    }
  }

  bool run_both_orders(const Goals& goals, const Pattern::Form& form, const Value& v) {
    std::size_t bound = match_.bound_.size();
    for (bool swapped : {false, true}) {
      Goals more = goals;
      push_operands(more, form, v, swapped);
      if (run(std::move(more))) return true;
      while (match_.bound_.size() > bound) match_.bound_.pop_back();
    }
    return false;
  }

  bool bind(std::int32_t id, const Value& v) {
    if (const Value* before = match_.find(id)) return *before == v;
    match_.bound_.push_back({id, &v});
    return true;
  }

  bool bind_leaf(const Pattern::Form& form, const Value& v) {
    using enum Pattern::Form::Kind;
    switch (form.kind) {
      case Any: return bind(form.id, v);
      case Known: return known_value(v) != nullptr && bind(form.id, v);
      case Uniform: return small_uniform_value(v).has_value() && bind(form.id, v);
      case Number: return is_number(v, form.value);
      default: return false;
    }
  }

  Match& match_;
  const Rule::Condition& when_;
  const Node* elementwise_ = nullptr;
};

Rule::Rule(std::string name, Pattern pattern, Condition when, Replacement by)
    : name_(std::move(name)), pattern_(std::move(pattern)), when_(std::move(when)), by_(std::move(by)) {}

Rule::Rule(std::string name, Pattern pattern, Condition when, Var by)
    : Rule(std::move(name), std::move(pattern), std::move(when), [by](const Match& m, Builder&) { return m[by]; }) {}

Value Rule::apply(const Value& v, Builder& b) const {
  Match match(v);
  Matcher::Goals goals;
  goals.push_back({&pattern_.form(), &v});
  if (!Matcher(match, when_).run(std::move(goals))) return {};
  Value replacement = by_(match, b);
  if (replacement.defined() && replacement.type() != v.type()) {
    throw InternalError(fmt::format("rule {}: {} was replaced by {}", name_, v.type(), replacement.type()));
  }
  return replacement;
}

bool reads_extents(const Function& f) {
  return std::ranges::any_of(topological(f.results),
                             [](const Node* n) { return is_operator(*n) && n->op().traits().extents_in != 0; });
}

namespace {

class Rewriter {
 public:
  Rewriter(std::span<const Rule> rules, std::size_t budget) : rules_(rules), counts_(rules.size()), budget_(budget) {
    for (std::size_t k = 0; k < rules.size(); ++k) {
      const Pattern::Form& form = rules[k].pattern().form();
      if (form.kind == Pattern::Form::Kind::Op)
        by_operator_[form.op].push_back(k);
      else
        others_.push_back(k);
    }
  }

  /// One round over the function; whether any rule fired.
  bool round(Function& f) {
    std::size_t before = budget_;
    extents_matter_ = reads_extents(f);
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

  static bool same_extents(const Value& a, const Value& b) {
    const auto of = [](const Value& v) { return extents_of(operand_of(v)); };
    return of(a) == of(b);
  }

  /// In the order of the rules.
  const std::vector<std::size_t>& candidates(const Node& n) {
    auto [it, fresh] = candidates_.try_emplace(n.op().name());
    if (!fresh) return it->second;
    if (auto own = by_operator_.find(n.op().name()); own != by_operator_.end())
      std::ranges::merge(own->second, others_, std::back_inserter(it->second));
    else
      it->second = others_;
    return it->second;
  }

  bool apply_one(Value& v) {
    if (!is_operator(*v.node())) return false;
    for (std::size_t k : candidates(*v.node())) {
      if (budget_ == 0) return false;
      Value replacement = rules_[k].apply(v, builder_);
      if (!replacement.defined() || replacement == v || (extents_matter_ && !same_extents(v, replacement))) continue;
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
  bool extents_matter_ = false;  ///< the types of some nodes follow from what is known of the elements of others
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_operator_, candidates_;
  std::vector<std::size_t> others_;
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
