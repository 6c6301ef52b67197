// Scan in both of its forms, and SequenceMap.
#include <algorithm>

#include "onnx/converters.h"
#include "onnx/import/sequences.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Value with_axis_in_front(const Value& x, i64 axis) {
  Ints order{axis};
  for (i64 a = 0; a < x.rank(); ++a)
    if (a != axis) order.push_back(a);
  return axis == 0 ? x : transpose(x, order);
}
Value with_front_at(const Value& x, i64 axis) {
  Ints order;
  for (i64 a = 1; a < x.rank(); ++a) order.push_back(a);
  order.insert(order.begin() + axis, 0);
  return axis == 0 ? x : transpose(x, order);
}

Type without_front(const Type& t) { return {t.dtype, Shape(t.shape.begin() + 1, t.shape.end())}; }

/// As many numbers as there are values, from an attribute.
Ints for_each_of(const NodeView& n, const std::string& name, std::size_t count) {
  const Ints list = n.ints(name, Ints(count, 0));
  require(list.size() == count, "attribute {} has {} numbers; expected {}", name, list.size(), count);
  return list;
}
bool is_backward(i64 direction) {
  require(direction == 0 || direction == 1, "a direction is {}, and must be 0 or 1", direction);
  return direction == 1;
}

struct ScanParts {
  const pb::GraphProto& body;
  std::vector<Value> states, sequences;  ///< sequences with steps in front, in the order of the steps
};

/// The last states, and stacked results.
Results scanned(const NodeView& n, const ScanParts& s) {
  std::vector<Type> formal;
  for (const Value& v : s.states) formal.push_back(v.type());
  for (const Value& v : s.sequences) formal.push_back(without_front(v.type()));
  const auto made = n.scope().functions({{s.body, formal}});
  return scan(made.functions[0], s.states, s.sequences, made.captured);
}

/// The first `length` steps, an i64 scalar; results of others are 0.
Results scanned_until(const NodeView& n, const ScanParts& s, const Value& length) {
  const std::size_t states = s.states.size(), own = states + s.sequences.size();
  std::vector<Type> types;
  for (const Value& v : s.states) types.push_back(v.type());
  for (const Value& v : s.sequences) types.push_back(without_front(v.type()));
  const auto made = n.scope().functions({{s.body, types}});
  const Function& f = *made.functions[0];
  types.push_back(length.type());  // the step
  for (const Value& v : made.captured) types.push_back(v.type());
  types.push_back(length.type());
  const FunctionPtr step = make_function("step", types, [&](const auto& p) {
    std::vector<Value> args(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(own));
    args.insert(args.end(), p.begin() + static_cast<std::ptrdiff_t>(own) + 1, p.end() - 1);
    std::vector<Value> out = inline_call(f, args);
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] = where(p[own] < p.back(), out[k], k < states ? p[k] : zeros_like(out[k]));
    return out;
  });
  std::vector<Value> sequences = s.sequences, outside = made.captured;
  sequences.push_back(iota<Value>({s.sequences[0].shape()[0]}));
  outside.push_back(length);
  return scan(step, s.states, sequences, outside);
}

/// The first `length` elements in reverse, and then the others.
Value reversed_until(const Value& x, const Value& length) {
  const Value at = iota<Value>({x.shape()[0]});
  return gather(x, where(at < length, length - 1 - at, at), 0);
}

/// The number of sequences among the inputs from the first state on.
std::size_t scan_inputs_of(const NodeView& n, std::size_t given, std::size_t body_inputs) {
  const i64 count = n.integer("num_scan_inputs");
  require(count >= 1 && static_cast<std::size_t>(count) <= given && given == body_inputs,
          "there are {} inputs, {} of them sequences, and {} of the body", given, count, body_inputs);
  return static_cast<std::size_t>(count);
}

Results scan_of_axes(const NodeView& n) {
  ScanParts s{n.graph("body"), {}, {}};
  const std::size_t count = scan_inputs_of(n, n.inputs(), static_cast<std::size_t>(s.body.input_size()));
  const std::size_t carried = n.inputs() - count;
  const Ints axes = for_each_of(n, "scan_input_axes", count), ways = for_each_of(n, "scan_input_directions", count);
  for (std::size_t k = 0; k < carried; ++k) s.states.push_back(n.in(k));
  for (std::size_t k = 0; k < count; ++k) {
    const Value x = with_axis_in_front(n.in(carried + k), normal_axis(axes[k], n.in(carried + k).rank()));
    s.sequences.push_back(is_backward(ways[k]) ? flip(x, {0}) : x);
  }
  Results out = scanned(n, s);
  const std::size_t stacked = out.size() - carried;
  const Ints to = for_each_of(n, "scan_output_axes", stacked), back = for_each_of(n, "scan_output_directions", stacked);
  for (std::size_t k = 0; k < stacked; ++k) {
    Value& y = out[carried + k];
    if (is_backward(back[k])) y = flip(y, {0});
    y = with_front_at(y, normal_axis(to[k], y.rank()));
  }
  return out;
}

/// Opset 8: a first dimension of independent runs.
Results scan_of_batch(const NodeView& n) {
  const pb::GraphProto& body = n.graph("body");
  const std::size_t count = scan_inputs_of(n, n.inputs() - 1, static_cast<std::size_t>(body.input_size()));
  const std::size_t carried = n.inputs() - 1 - count;
  const Ints ways = for_each_of(n, "directions", count);
  require(n.in(1).rank() > 0, "input 1 is {}, and must have a first dimension of runs", n.in(1).type());
  const Dim batch = n.in(1).shape()[0];
  require(n.is_known(batch) && batch > 0, "the number of runs is {}, and must be known and at least 1", batch);
  const Value& first = n.in(1 + carried);
  require(first.rank() > 1, "input {} is {}, and must be [runs, steps, …]", 1 + carried, first.type());
  require(!n.has(0) || (is_integer(n.in(0).dtype()) && n.in(0).shape() == Shape{batch}),
          "sequence_lens is {}, and must be a length for each of {} runs", n.has(0) ? n.in(0).type() : Type(), batch);
  const Value lengths =
      n.has(0) ? checked_below(n.in(0), first.shape()[1] + 1, "Scan(lengths of the sequences, sequence_lens)")
               : Value();
  std::vector<Results> runs;
  for (i64 b = 0; b < batch; ++b) {
    const Value length = n.has(0) ? select(lengths, 0, b) : Value();
    ScanParts s{body, {}, {}};
    for (std::size_t k = 0; k < carried; ++k) s.states.push_back(select(n.in(1 + k), 0, b));
    for (std::size_t k = 0; k < count; ++k) {
      Value x = select(n.in(1 + carried + k), 0, b);
      if (is_backward(ways[k])) x = n.has(0) ? reversed_until(x, length) : flip(x, {0});
      s.sequences.push_back(x);
    }
    runs.push_back(n.has(0) ? scanned_until(n, s, length) : scanned(n, s));
  }
  Results out;
  for (std::size_t k = 0; k < runs[0].size(); ++k) {
    std::vector<Value> parts;
    for (const Results& run : runs) parts.push_back(run[k]);
    out.push_back(stack(std::span<const Value>(parts)));
  }
  return out;
}

Results scan_node(const NodeView& n) { return n.opset() < 9 ? scan_of_batch(n) : scan_of_axes(n); }

bool is_list(const Value& v) { return is_form(v.type(), Composite::Form::Sequence); }

/// SequenceMap of sequences whose elements are known.
std::optional<Results> mapped_elements(const NodeView& n) {
  const auto first = elements_of(n.in(0));
  if (!first || first->empty()) return {};
  const pb::GraphProto& body = n.graph("body");
  std::vector<std::vector<Value>> results(static_cast<std::size_t>(body.output_size()));
  for (std::size_t at = 0; at < first->size(); ++at) {
    std::vector<Value> args;
    for (const Value& v : n.all()) {
      if (!is_list(v)) {
        args.push_back(v);
        continue;
      }
      const auto elements = elements_of(v);
      if (!elements) return {};
      require(elements->size() == first->size(), "there are sequences of {} and of {} elements", first->size(),
              elements->size());
      args.push_back((*elements)[at]);
    }
    const std::vector<Value> out = n.scope().inlined(body, args);
    for (std::size_t k = 0; k < out.size(); ++k) results[k].push_back(out[k]);
  }
  Results sequences;
  for (const auto& elements : results) sequences.push_back(sequence(elements));
  return sequences;
}

/// As a loop, whose state is the position, the results, the operands and what the body reads from outside.
Results mapped_by_loop(const NodeView& n) {
  std::vector<Type> formal;
  std::vector<std::string> names;
  for (const Value& v : n.all()) {
    names.push_back(n.scope().fresh("element"));
    formal.push_back(is_list(v) ? with_own_unknowns(v.type().composite->element, names.back()) : v.type());
  }
  const auto made = n.scope().functions({{n.graph("body"), formal}});
  const Function& f = *made.functions[0];
  const std::size_t results = f.results.size();
  std::vector<Value> state{i64_scalar(0)};
  for (const Value& r : f.results) {
    require(r.type().is_dense(), "the body gives {}; elements of sequences must be tensors", r.type());
    state.push_back(apply_op(make_op(SequenceOf{r.dtype(), r.rank()}), std::span<const Value>()));
  }
  state.insert(state.end(), n.all().begin(), n.all().end());
  state.insert(state.end(), made.captured.begin(), made.captured.end());
  std::vector<Type> types;
  for (const Value& v : state) types.push_back(v.type());
  const FunctionPtr goes_on = make_function(
      "goes_on", types, [&](const auto& p) { return std::vector<Value>{p[0] < sequence_length(p[1 + results])}; });
  const FunctionPtr step = make_function("step", types, [&](const auto& p) {
    std::vector<Value> args(p.begin() + 1 + static_cast<std::ptrdiff_t>(results), p.end());
    for (std::size_t k = 0; k < n.inputs(); ++k)
      if (is_list(args[k])) args[k] = apply_op(make_op(SequenceAt{names[k]}), {{args[k], p[0]}});
    const std::vector<Value> out = inline_call(f, args);
    std::vector<Value> next{p[0] + 1};
    for (std::size_t k = 0; k < results; ++k) next.push_back(sequence_insert(p[1 + k], out[k]));
    next.insert(next.end(), p.begin() + 1 + static_cast<std::ptrdiff_t>(results), p.end());
    return next;
  });
  Results out = while_loop(goes_on, step, state);
  return {out.begin() + 1, out.begin() + 1 + static_cast<std::ptrdiff_t>(results)};
}

Results sequence_map_node(const NodeView& n) {
  require(is_list(n.in(0)), "input 0 is {}, and must be a sequence", n.in(0).type());
  if (auto results = mapped_elements(n)) return *results;
  try {
    return mapped_by_loop(n);
  } catch (const NeedsInputs&) {
    throw;
  } catch (const Error&) {
    // Elements whose extents are known may do what any elements may not.
    for (std::size_t k = 0; k < n.inputs(); ++k)
      if (is_list(n.in(k)) && !known_value(n.in(k))) ask_if_possible(n, k);
    throw;
  }
}

constexpr Entry kScans[] = {{"Scan", scan_node}, {"SequenceMap", sequence_map_node}};

}  // namespace

std::span<const Entry> scan_operators() { return kScans; }

}  // namespace tenon::onnx
