#include "interpret/interpret.h"

#include "expr/evaluate.h"
#include "interpret/bad_index.h"
#include "ir/text.h"

namespace tenon {
namespace {

Types types_of_results(const Op& op, std::span<const Array> in) {
  SmallVector<Operand, 3> operands;
  for (std::size_t k = 0; k < in.size(); ++k) {
    require(in[k].defined(), "{}: operand {} is undefined", op.name(), k);
    operands.push_back({in[k].type(), &in[k]});
  }
  return inferred_types(op, {operands.data(), operands.size()});
}

std::vector<Array> run_function(const Function& f, std::span<const Array> args) { return interpret(f, args); }

std::vector<Array> by_parts(const Op& op, std::span<const Array> in) {
  if (op.has_expand()) {
    const Expansion expansion(op, in);
    return interpret(expansion.f, expansion.given);
  }
  std::vector<Type> types;
  for (const Array& x : in) types.push_back(x.type());
  return {expr::evaluate(op.define(types), in)};
}

std::vector<Array> by_meaning(const Op& op, std::span<const Array> in) {
  if (op.has_evaluate()) return op.evaluate(in, run_function);
  try {
    return by_parts(op, in);
  } catch (const IndexError&) {
    if (auto found = find_bad_index(op, in, run_function)) throw IndexError(found->who, std::move(found->bad));
    throw;
  }
}

// The arrays that still have a reader, by node.
class Live {
 public:
  Live(const Numbering& numbering, const Function& f) : values_(numbering.nodes().size() + f.parameters.size()) {
    for (const Node* node : numbering.nodes()) {
      for (const Value& v : node->args()) ++values_[v.node().get()].readers;
    }
    for (const Value& r : f.results) ++values_[r.node().get()].readers;
  }
  void set(const Node* node, std::vector<Array> outputs) { values_[node].outputs = std::move(outputs); }
  /// Each reader asks once; the last one takes the array out.
  Array read(const Value& v) {
    Entry& entry = *values_.find(v.node().get());
    Array result = entry.outputs[static_cast<std::size_t>(v.output())];
    if (--entry.readers == 0) entry.outputs.clear();
    return result;
  }

 private:
  struct Entry {
    std::vector<Array> outputs;
    std::int32_t readers = 0;
  };
  NodeMap<Entry> values_;
};

void bind_parameters(Live& live, const Function& f, std::span<const Array> in) {
  values_of_unknowns(f, in);
  for (std::size_t k = 0; k < in.size(); ++k) {
    const Value& p = f.parameters[k];
    live.set(p.node().get(), {in[k]});
  }
}

std::vector<Array> run_node(const Node& node, std::span<const Array> in, const Numbering& numbering) {
  try {
    return interpret(node.op(), in);
  } catch (const IndexError& e) {
    throw IndexError(fmt::format("{}: {}", numbering.brief(node), e.what()), e);
  } catch (const Error& e) {
    fail("{}: {}", numbering.brief(node), e.what());
  }
}

}  // namespace

std::vector<Array> interpret(const Op& op, std::span<const Array> in) {
  Types types = types_of_results(op, in);
  std::vector<Array> outputs = by_meaning(op, in);
  expect(outputs.size() == types.size(), "an operator gives as many outputs as it infers");
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    DimValues sizes;
    if (match(types[k], outputs[k].type(), sizes)) continue;
    throw InternalError(
        fmt::format("{}: output {} is {}, but its types say {}", op.name(), k, outputs[k].type(), types[k]));
  }
  return outputs;
}

std::vector<Array> interpret(const Function& f, std::span<const Array> in, const Observer& observe) {
  auto has_unknowns = [](const Value& p) { return p.type().is_dense() && !is_concrete(p.type()); };
  if (std::ranges::any_of(f.parameters, has_unknowns))
    return interpret(with_values(f, values_of_unknowns(f, in)), in, observe);
  Numbering numbering(f);
  Live live(numbering, f);
  bind_parameters(live, f, in);
  for (const Node* node : numbering.nodes()) {
    expect(!node->is_parameter(), "a function lists its parameters");
    if (node->is_settled()) {
      std::vector<Array> results;
      for (std::size_t k = 0; k < node->outputs(); ++k) results.push_back(node->result(static_cast<std::int32_t>(k)));
      live.set(node, std::move(results));
      continue;
    }
    std::vector<Array> operands;
    for (const Value& v : node->args()) operands.push_back(live.read(v));
    std::vector<Array> outputs = run_node(*node, operands, numbering);
    if (observe) observe(*node, outputs);
    live.set(node, std::move(outputs));
  }
  std::vector<Array> results;
  for (const Value& r : f.results) results.push_back(live.read(r));
  return results;
}

}  // namespace tenon
