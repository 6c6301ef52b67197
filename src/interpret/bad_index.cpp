#include "interpret/bad_index.h"

#include <algorithm>

#include "expr/evaluate.h"
#include "op/formula.h"

namespace tenon {

namespace {

using Place = BadIndex::Place;

/// "gather(x, ids)", as documentation ends and labels of text formulas say it: what the operator calls its operands.
std::vector<std::string> operand_names(const Op& op) {
  const Formula* formula = get_if<Formula>(op);
  const std::string_view text = formula != nullptr ? std::string_view(formula->label) : op.info().doc;
  const std::size_t open = formula != nullptr ? text.find('(') : text.rfind(fmt::format("{}(", op.name()));
  const std::size_t close = open == text.npos ? open : text.find(')', open);
  if (close == text.npos) return {};
  const std::size_t first = text.find('(', open) + 1;
  std::vector<std::string> names{""};
  for (const char c : text.substr(first, close - first)) {
    if (c == ',') names.emplace_back();
    if (c != ',' && (c != ' ' || !names.back().empty())) names.back() += c;
  }
  if (names.back() == "…") names.pop_back();
  return names;
}

std::string display_name(const Op& op) {
  const Formula* formula = get_if<Formula>(op);
  if (formula == nullptr || formula->label.empty()) return std::string(op.name());
  const std::string name = formula->label.substr(0, formula->label.find('('));
  return find_op(name) != nullptr ? name : fmt::format("formula {}", name);  // a part of an operator may go by its name
}

template <class F>
void for_each_place(BadIndex& bad, const F& f) {
  for (BadIndex::Source& s : bad.sources) f(s.place, &s.position);
  f(bad.target, nullptr);
}

void name_operands(const Op& op, BadIndex& bad) {
  const std::vector<std::string> names = operand_names(op);
  for_each_place(bad, [&](Place& p, Ints*) {
    if (p.operand < names.size()) p.name = names[p.operand];
  });
}

bool is_computed(const Value& v) { return !v.node()->is_parameter() && !v.node()->is_settled(); }

/// The operand of a composite that holds the same elements in the same order as a value inside of it, if there is one.
std::optional<std::size_t> same_operand(Value v, std::span<const Value> operands) {
  while (true) {
    if (const auto it = std::ranges::find(operands, v); it != operands.end())
      return static_cast<std::size_t>(it - operands.begin());
    if (!is_computed(v)) return {};
    const bool same = v.node()->op().traits().view || (v.node()->op().name() == "cast" && is_integer(v.dtype()));
    if (!same) return {};
    v = Value(v.node()->args()[static_cast<std::size_t>(v.output())]);
  }
}

i64 number_of(const Shape& shape, const Ints& position) {
  i64 number = 0;
  for (std::size_t d = 0; d < position.size(); ++d) number = number * shape[d].value() + position[d];
  return number;
}

/// Says places of a node inside of a composite as those of the composite. False where an index comes from within.
bool lift_places(const Node& node, std::span<const Value> operands, BadIndex& bad) {
  bool all = true;
  for_each_place(bad, [&](Place& p, Ints* position) {
    if (p.operand == Place::kInner) return;
    const auto outer = same_operand(node.args()[p.operand], operands);
    if (!outer) {
      if (position != nullptr) all = false;
      if (p.name.empty()) p.name = fmt::format("operand {}", p.operand);
      if (position == nullptr && get_if<Formula>(node.op()) == nullptr)
        p.name += fmt::format(" of {}", node.op().name());
      p.operand = Place::kInner;
      return;
    }
    const Type type = operands[*outer].type();
    if (position != nullptr) *position = position_at(type.shape, number_of(p.type.shape, *position));
    p.operand = *outer;  // which may have no other name than the one inside
    p.type = type;
  });
  return all;
}

/// A branch or loop.
bool holds_functions(const Op& op) {
  return op.has_evaluate() && std::ranges::any_of(op.fields(), [](const Field& field) {
           const auto* f = std::get_if<const FunctionPtr*>(&field.value);
           return f != nullptr && **f != nullptr;
         });
}

class Search {
 public:
  Search(const Function& f, std::span<const Array> in, const RunFunction& run) : f_(f), in_(in), run_(run) {}

  struct Result {
    const Node* node;
    FoundIndex found;
  };
  /// Composites without integers among their operands hardly read any index, so they come last.
  std::optional<Result> run() const {
    for (const bool last : {false, true})
      for (const Node* node : topological(f_.results)) {
        if (node->is_parameter() || node->is_settled() || is_last(*node) != last) continue;
        const std::vector<char> needed = needed_operands(*node);
        if (std::ranges::find(needed, 1) == needed.end()) continue;
        if (auto found = find(*node, values_of(*node, needed))) return Result{node, std::move(*found)};
      }
    return {};
  }

 private:
  static bool takes_integers(const Node& node) {
    return std::ranges::any_of(node.args(),
                               [](const Value& v) { return v.type().is_dense() && is_integer(v.dtype()); });
  }
  static bool is_last(const Node& node) { return node.op().has_expand() && !takes_integers(node); }

  static std::vector<Type> types_of(const Node& node) {
    std::vector<Type> types;
    for (const Value& v : node.args()) types.push_back(v.type());
    return types;
  }

  static std::vector<char> needed_operands(const Node& node) {
    const Op& op = node.op();
    if (op.has_define()) return expr::operands_of_indices(op.define(types_of(node)));
    if (holds_functions(op)) return std::vector<char>(node.args().size(), 1);
    const bool reads = !op.traits().host && (op.has_expand() || takes_integers(node));
    return std::vector<char>(node.args().size(), reads);
  }

  std::vector<Array> values_of(const Node& node, const std::vector<char>& needed) const {
    std::vector<Array> values(node.args().size());
    Function missing{"operands", f_.parameters, {}};
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < values.size(); ++k) {
      const Value& v = node.args()[k];
      const auto parameter = std::ranges::find(f_.parameters, v);
      if (parameter != f_.parameters.end()) {
        values[k] = in_[static_cast<std::size_t>(parameter - f_.parameters.begin())];
      } else if (v.node()->is_settled()) {
        values[k] = v.node()->result(v.output());
      } else if (needed[k]) {
        missing.results.push_back(v);
        places.push_back(k);
      }
    }
    if (places.empty()) return values;
    std::vector<Array> computed = run_(missing, in_);
    for (std::size_t k = 0; k < places.size(); ++k) values[places[k]] = std::move(computed[k]);
    return values;
  }

  std::optional<FoundIndex> find(const Node& node, const std::vector<Array>& in) const {
    if (holds_functions(node.op())) return of_control(node.op(), in);
    if (node.op().has_evaluate()) return of_evaluator(node, in);
    if (node.op().has_expand()) return find_bad_index(node.op(), in, run_);
    return of_formula(node.op(), types_of(node), in);
  }

  /// A branch or loop runs once more, one application of a function after the other.
  std::optional<FoundIndex> of_control(const Op& op, const std::vector<Array>& in) const {
    std::optional<FoundIndex> found;
    const auto call = [&](const Function& f, std::span<const Array> args) {
      try {
        return run_(f, args);
      } catch (const IndexError&) {
        found = find_bad_index(f, args, run_);
        throw;
      }
    };
    try {
      op.evaluate(in, call);
    } catch (const IndexError&) {
      return found;
    }
    return {};
  }

  /// An operator with an evaluator says itself where it fails.
  std::optional<FoundIndex> of_evaluator(const Node& node, const std::vector<Array>& in) const {
    Function f{std::string(node.op().name()), {}, {}};
    for (const Value& v : node.args()) f.parameters.emplace_back(Node::parameter(v.type()), 0);
    Builder builder;
    for (Value& v : builder.apply(node.op_ref(), f.parameters)) f.results.push_back(std::move(v));
    try {
      run_(f, in);
    } catch (const IndexError& e) {
      return FoundIndex{display_name(node.op()), e.bad()};
    }
    return {};
  }

 public:
  static std::optional<FoundIndex> of_formula(const Op& op, const std::vector<Type>& types, std::span<const Array> in) {
    auto bad = expr::find_bad_index(op.define(types), in);
    if (!bad) return {};
    name_operands(op, *bad);
    return FoundIndex{display_name(op), std::move(*bad)};
  }

 private:
  const Function& f_;
  std::span<const Array> in_;
  const RunFunction& run_;
};

}  // namespace

std::optional<FoundIndex> find_bad_index(const Op& op, std::span<const Array> in, const RunFunction& run) {
  if (op.has_define()) {
    std::vector<Type> types;
    for (const Array& x : in) types.push_back(x.type());
    return Search::of_formula(op, types, in);
  }
  const Expansion inner(op, in);
  auto result = Search(inner.f, inner.given, run).run();
  if (!result) return {};
  FoundIndex& found = result->found;
  const bool said = lift_places(*result->node, inner.operands, found.bad);
  found.who = said ? display_name(op) : fmt::format("{}: {}", display_name(op), found.who);
  name_operands(op, found.bad);
  return std::move(found);
}

std::optional<FoundIndex> find_bad_index(const Function& f, std::span<const Array> in, const RunFunction& run) {
  auto result = Search(f, in, run).run();
  if (!result) return {};
  return std::move(result->found);
}

Expansion::Expansion(const Op& op, std::span<const Array> in) : f{std::string(op.name()), {}, {}} {
  for (const Array& x : in) {
    const bool small = x.is_dense() && x.count() <= kMostExtents;  // expansions may look at what is known
    operands.emplace_back(small ? Node::leaf(x) : Node::parameter(x.type()), 0);
    if (small) continue;
    f.parameters.push_back(operands.back());
    given.push_back(x);
  }
  Builder builder;
  Values results = op.expand(builder, operands);
  f.results.assign(results.begin(), results.end());
}

}  // namespace tenon
