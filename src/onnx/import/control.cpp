// Branches and loops. A branch whose condition is known is part of the graph, as is a short loop that cannot be an
// operator; values whose extents change from step to step are carried as sequences of one element.
#include <algorithm>

#include "onnx/converters.h"
#include "onnx/import/sequences.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

constexpr i64 kMostUnrolled = 64;          ///< steps of loops that carry sequences
constexpr i64 kMostUnrolledAnyway = 1024;  ///< steps of loops that cannot be operators

Value truth_of(bool b) { return constant_of(Array::scalar(Number::of_int(b), DType::Bool)); }
bool is_sequence(const Type& t) { return is_form(t, Composite::Form::Sequence); }

/// How a value of type `from` goes through an operator that wants one type: as it is, or with any extents.
bool may_be_general(const Type& a, const Type& b) {
  if (a.is_dense() && b.is_dense()) return a.dtype == b.dtype && a.rank() == b.rank();
  return is_sequence(a) && is_sequence(b) && may_be_general(a.composite->element, b.composite->element);
}
Value generalised(const NodeView& n, const Value& v) { return v.type().is_dense() ? boxed(v) : general_sequence(n, v); }
Value specialised(const NodeView& n, const Value& v, bool dense) { return dense ? unboxed(n, v) : v; }

/// The extents that are numbers in both.
Type with_common_extents(Type general, const Type& a, const Type& b) {
  for (std::size_t d = 0; general.is_dense() && d < general.shape.size(); ++d)
    if (a.shape[d].is_constant() && a.shape[d] == b.shape[d]) general.shape[d] = a.shape[d];
  return general;
}
bool keeps_extents(const Type& kept, const Type& result) {
  for (std::size_t d = 0; kept.is_dense() && d < kept.shape.size(); ++d)
    if (kept.shape[d].is_constant() && kept.shape[d] != result.shape[d]) return false;
  return true;
}
/// v, which has the extents that are numbers in `t`, so that its type says it.
Value with_extents(Value v, const Type& t) {
  for (std::size_t d = 0; t.is_dense() && d < t.shape.size(); ++d)
    if (t.shape[d].is_constant() && !v.shape()[d].is_constant())
      v = gather(v, iota<Value>({t.shape[d]}), static_cast<i64>(d));
  return v;
}

FunctionPtr with_results(const Function& f, std::vector<Value> results) {
  Function g = f;
  g.results = std::move(results);
  return std::make_shared<const Function>(std::move(g));
}

Results branch(const NodeView& n, const Value& condition) {
  const auto made = n.scope().functions({{n.graph("then_branch"), {}}, {n.graph("else_branch"), {}}});
  const Function &yes = *made.functions[0], &no = *made.functions[1];
  require(yes.results.size() == no.results.size() && !yes.results.empty(),
          "the branches give {} and {} results; expected as many, and at least one", yes.results.size(),
          no.results.size());
  std::vector<Value> of_yes = yes.results, of_no = no.results;
  std::vector<int> general(of_yes.size(), 0);
  for (std::size_t k = 0; k < of_yes.size(); ++k) {
    const Type a = of_yes[k].type(), b = of_no[k].type();
    if (a == b) continue;
    require(may_be_general(a, b), "result {} is {} in one branch and {} in the other", k, a, b);
    general[k] = a.is_dense() ? 1 : 2;
    of_yes[k] = generalised(n, of_yes[k]), of_no[k] = generalised(n, of_no[k]);
  }
  Results results = cond(condition, with_results(yes, of_yes), with_results(no, of_no), made.captured);
  for (std::size_t k = 0; k < results.size(); ++k)
    if (general[k] != 0) results[k] = specialised(n, results[k], general[k] == 1);
  return results;
}

Results if_node(const NodeView& n) {
  const Value condition = as_scalar(n.in(0));
  require(condition.dtype() == DType::Bool, "the condition is {}, and must be a bool", condition.type());
  if (const Array* known = n.scope().known(condition))
    return n.scope().inlined(n.graph(known->at(0).truth() ? "then_branch" : "else_branch"), {});
  try {
    return branch(n, condition);
  } catch (const NeedsInputs&) {
    throw;
  } catch (const Error&) {
    // The branch that is not taken need not make sense.
    if (n.scope().worth_asking(condition)) n.value(0);
    throw;
  }
}

/// Loop, taken apart.
struct LoopParts {
  const pb::GraphProto& body;
  std::vector<Value> initial;
  Value trips, condition;  ///< may be undefined
  std::size_t stacked;     ///< further results of each step

  std::vector<Type> formal(const std::vector<Type>& carried) const {
    std::vector<Type> types{{DType::I64, {}}, {DType::Bool, {}}};
    types.insert(types.end(), carried.begin(), carried.end());
    return types;
  }
};

LoopParts parts_of_loop(const NodeView& n) {
  LoopParts l{n.graph("body"), {}, {}, {}, 0};
  if (n.has(0)) l.trips = cast(as_scalar(n.in(0)), DType::I64);
  if (n.has(1)) l.condition = as_scalar(n.in(1));
  for (std::size_t k = 2; k < n.inputs(); ++k) l.initial.push_back(n.in(k));
  const auto inputs = static_cast<std::size_t>(l.body.input_size()),
             outputs = static_cast<std::size_t>(l.body.output_size());
  require(inputs == l.initial.size() + 2 && outputs >= l.initial.size() + 1,
          "the body has {} inputs and {} outputs; for {} values that are carried it must have {}, and at least {}",
          inputs, outputs, l.initial.size(), l.initial.size() + 2, l.initial.size() + 1);
  l.stacked = outputs - l.initial.size() - 1;
  return l;
}

std::vector<Type> types_of_values(std::span<const Value> values) {
  std::vector<Type> types;
  for (const Value& v : values) types.push_back(v.type());
  return types;
}

bool is_always_true(const Function& f) {
  const Value& goes_on = f.results[0];
  if (goes_on == f.parameters[1]) return true;
  const Array* known = known_value(goes_on);
  return known != nullptr && known->count() == 1 && known->at(0).truth();
}

/// The body step by step, where the number of steps is known.
std::optional<Results> unrolled(const NodeView& n, const LoopParts& l, i64 most) {
  Scope& scope = n.scope();
  const Array* trips = l.trips ? scope.known(l.trips) : nullptr;
  if (!trips || trips->at(0).as_int() > most) return {};
  std::vector<Value> state = l.initial;
  std::vector<std::vector<Value>> stacked(l.stacked);
  Value goes_on = l.condition ? l.condition : truth_of(true);
  const i64 steps = trips->at(0).as_int();
  if (steps <= 0 && l.stacked > 0) return {};
  for (i64 k = 0; k < steps; ++k) {
    const Array* known = scope.known(goes_on);
    if (!known) return {};
    if (!known->at(0).truth()) {
      if (k == 0 && l.stacked > 0) return {};
      break;
    }
    std::vector<Value> args{i64_scalar(k), truth_of(true)};
    args.insert(args.end(), state.begin(), state.end());
    const std::vector<Value> out = scope.inlined(l.body, args);
    goes_on = as_scalar(out[0]);
    for (std::size_t c = 0; c < state.size(); ++c) state[c] = out[c + 1];
    for (std::size_t s = 0; s < l.stacked; ++s) stacked[s].push_back(out[1 + state.size() + s]);
  }
  for (const std::vector<Value>& parts : stacked) state.push_back(stack(std::span<const Value>(parts)));
  return state;
}

/// A loop whose condition stays true: a scan over the numbers of the steps.
Results counted(const NodeView& n, const LoopParts& l, const Function& f, const std::vector<Value>& captured) {
  Value trips = l.trips;
  if (l.condition && !known_value(l.condition)) trips = where(l.condition, trips, i64_scalar(0));
  const std::size_t carried = l.initial.size();
  Function body{"body", {}, {}};
  std::vector<Value> args(f.parameters.size());
  auto parameter = [&](std::size_t k) {
    args[k] = Value(Node::parameter(f.parameters[k].type()), 0);
    body.parameters.push_back(args[k]);
  };
  for (std::size_t k = 0; k < carried; ++k) parameter(k + 2);
  parameter(0);
  args[1] = truth_of(true);
  for (std::size_t k = carried + 2; k < f.parameters.size(); ++k) parameter(k);
  const std::vector<Value> out = inline_call(f, args);
  body.results.assign(out.begin() + 1, out.end());
  return scan(std::make_shared<const Function>(std::move(body)), l.initial,
              {positions_between(n, i64_scalar(0), trips)}, captured);
}

bool may_be_stacked(const NodeView& n, const Function& f, std::size_t carried) {
  return std::all_of(
      f.results.begin() + 1 + static_cast<std::ptrdiff_t>(carried), f.results.end(), [&](const Value& v) {
        return v.type().is_dense() &&
               std::ranges::all_of(v.shape(), [&](Dim d) { return d.is_constant() || n.scope().follows_inputs(d); });
      });
}

/// Which values are carried with any extents, and the body for them.
struct Carried {
  std::vector<bool> general;
  std::vector<Type> types;  ///< inside of the body
  Scope::Functions body;
};

Carried carried_by(const NodeView& n, const LoopParts& l) {
  const std::size_t count = l.initial.size();
  Carried c{std::vector<bool>(count, false), types_of_values(l.initial), {}};
  for (std::size_t turn = 0; turn <= 2 * count; ++turn) {
    c.body = n.scope().functions({{l.body, l.formal(c.types)}});
    bool stable = true;
    for (std::size_t k = 0; k < count; ++k) {
      const Type result = c.body.functions[0]->results[k + 1].type();
      if (c.general[k] ? keeps_extents(c.types[k], result) : result == c.types[k]) continue;
      require(may_be_general(result, c.types[k]), "value {} is {} before a step of the loop and {} behind it", k,
              c.types[k], result);
      const Value v(Node::parameter(c.types[k]), 0), inside = specialised(n, generalised(n, v), v.type().is_dense());
      c.general[k] = true, c.types[k] = with_common_extents(inside.type(), c.types[k], result);
      stable = false;
    }
    if (stable) return c;
  }
  fail("no types are found for the values that the loop carries");
}

/// A loop with a condition. Its state: the step, whether it goes on, values, a sequence for each stacked result, what
/// it reads from outside, and the greatest number of steps.
class Conditional {
 public:
  Conditional(const NodeView& n, const LoopParts& l, Carried c) : n_(n), l_(l), c_(std::move(c)) {}

  Results results() {
    std::vector<Value> state{i64_scalar(0), l_.condition ? l_.condition : truth_of(true)};
    for (std::size_t k = 0; k < l_.initial.size(); ++k)
      state.push_back(c_.general[k] ? generalised(n_, l_.initial[k]) : l_.initial[k]);
    const Function& f = *c_.body.functions[0];
    for (std::size_t k = 0; k < l_.stacked; ++k) {
      const Value& v = f.results[1 + l_.initial.size() + k];
      require(v.type().is_dense(), "result {} of a step is {}, which cannot be stacked", k, v.type());
      state.push_back(apply_op(make_op(SequenceOf{v.dtype(), v.rank()}), std::span<const Value>()));
    }
    state.insert(state.end(), c_.body.captured.begin(), c_.body.captured.end());
    if (l_.trips) state.push_back(l_.trips);
    const std::vector<Type> types = types_of_values(state);
    const FunctionPtr condition = make_function("goes_on", types, [&](const auto& p) {
      return std::vector<Value>{l_.trips ? logical_and(p[1], p[0] < p.back()) : p[1]};
    });
    const FunctionPtr body = make_function("step", types, [&](const auto& p) { return step(f, p); });
    Results out = while_loop(condition, body, state);
    Results results;
    for (std::size_t k = 0; k < l_.initial.size(); ++k)
      results.push_back(c_.general[k]
                            ? with_extents(specialised(n_, out[2 + k], l_.initial[k].type().is_dense()), c_.types[k])
                            : out[2 + k]);
    for (std::size_t k = 0; k < l_.stacked; ++k)
      results.push_back(apply_op(make_op(SequenceConcatenate{0, true, n_.scope().fresh("stacked")}),
                                 {{out[2 + l_.initial.size() + k]}}));
    return results;
  }

 private:
  std::vector<Value> step(const Function& f, const std::vector<Value>& p) {
    const std::size_t carried = l_.initial.size(), outside = 2 + carried + l_.stacked;
    std::vector<Value> args{p[0], p[1]};
    for (std::size_t k = 0; k < carried; ++k) {
      Value v = p[2 + k];
      if (c_.general[k] && c_.types[k].is_dense())
        v = with_extents(as_formal(v, f.parameters[2 + k].type()), f.parameters[2 + k].type());
      args.push_back(v);
    }
    for (std::size_t k = 0; k < c_.body.captured.size(); ++k) args.push_back(p[outside + k]);
    const std::vector<Value> out = inline_call(f, args);
    std::vector<Value> next{p[0] + 1, as_scalar(out[0])};
    for (std::size_t k = 0; k < carried; ++k) next.push_back(c_.general[k] ? generalised(n_, out[1 + k]) : out[1 + k]);
    for (std::size_t k = 0; k < l_.stacked; ++k)
      next.push_back(sequence_insert(p[2 + carried + k], out[1 + carried + k]));
    next.insert(next.end(), p.begin() + static_cast<std::ptrdiff_t>(outside), p.end());
    return next;
  }

  /// The element of a box, whose extents have the names that the body knows.
  static Value as_formal(const Value& box, const Type& formal) {
    std::string name;
    for (const Dim d : formal.shape)
      if (name.empty() && !d.is_constant()) name = unknowns(d)[0];
    name = name.substr(0, name.rfind('_'));
    return apply_op(make_op(SequenceAt{name.empty() ? "carried" : name}), {{box, i64_scalar(0)}});
  }

  const NodeView& n_;
  const LoopParts& l_;
  Carried c_;
};

/// Empty sequences say no rank of their elements: what a step makes of them does.
void give_ranks(const NodeView& n, LoopParts& l) {
  std::vector<bool> open;
  std::vector<Value> args{Value(Node::parameter({DType::I64, {}}), 0), Value(Node::parameter({DType::Bool, {}}), 0)};
  for (const Value& v : l.initial) {
    const auto elements = is_sequence(v.type()) ? elements_of(v) : std::nullopt;
    open.push_back(elements && elements->empty());
    args.push_back(open.back() ? v : Value(Node::parameter(v.type()), 0));
  }
  if (std::ranges::none_of(open, [](bool o) { return o; })) return;
  const std::vector<Value> out = n.scope().inlined(l.body, args);
  for (std::size_t k = 0; k < open.size(); ++k) {
    if (!open[k] || !is_sequence(out[k + 1].type())) continue;
    const Type& element = out[k + 1].type().composite->element;
    l.initial[k] = apply_op(make_op(SequenceOf{element.dtype, element.rank()}), std::span<const Value>());
  }
}

Results looped(const NodeView& n, LoopParts l) {
  const bool sequences = std::ranges::any_of(l.initial, [](const Value& v) { return !v.type().is_dense(); });
  if (sequences)
    if (auto results = unrolled(n, l, kMostUnrolled)) return *results;
  if (sequences) give_ranks(n, l);
  Carried c = carried_by(n, l);
  const Function& f = *c.body.functions[0];
  const bool stable = std::ranges::none_of(c.general, [](bool g) { return g; });
  const Array* start = l.condition ? n.scope().known(l.condition) : nullptr;
  const bool starts = !l.condition || !start || start->at(0).truth();
  if (l.trips && starts && stable && !sequences && is_always_true(f) && may_be_stacked(n, f, l.initial.size()) &&
      f.results.size() > 1)
    return counted(n, l, f, c.body.captured);
  require(l.trips || l.condition || !is_always_true(f), "the loop never ends");
  return Conditional(n, l, std::move(c)).results();
}

/// Copies of the body may do with elements of known extents what they may not with any: throws NeedsInputs where
/// sequences that the body reads follow from inputs.
void ask_for_elements(const NodeView& n, const LoopParts& l) {
  for (const Value& v : n.scope().outer_values(l.body)) {
    if (!is_sequence(v.type()) || elements_of(v)) continue;
    try {
      n.scope().ask_for(v, "a sequence");
    } catch (const NeedsInputs&) {
      throw;
    } catch (const Error&) {  // it is none of theirs
    }
  }
}

Results loop_node(const NodeView& n) {
  const LoopParts l = parts_of_loop(n);
  try {
    return looped(n, l);
  } catch (const NeedsInputs&) {
    throw;
  } catch (const Error&) {
    // What cannot be one operator may be so many copies of the body.
    if (l.trips && !n.scope().known(l.trips)) ask_if_possible(n, 0);
    if (l.condition && !n.scope().known(l.condition)) ask_if_possible(n, 1);
    ask_for_elements(n, l);
    if (auto results = unrolled(n, l, kMostUnrolledAnyway)) return *results;
    throw;
  }
}

constexpr Entry kControl[] = {{"If", if_node}, {"Loop", loop_node}};

}  // namespace

std::span<const Entry> control_operators() { return kControl; }

}  // namespace tenon::onnx
