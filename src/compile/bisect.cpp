#include "compile/bisect.h"

#include <cmath>

#include "compile/executable.h"
#include "interpret/interpret.h"

namespace tenon {

namespace {

double largest_magnitude(const Array& a) {
  double most = 1;
  for (i64 k = 0; k < a.count(); ++k)
    if (const double x = std::abs(a.at(k).as_double()); std::isfinite(x)) most = std::max(most, x);
  return most;
}

bool agrees(double given, double expected, double allowed) {
  if (std::isnan(expected)) return std::isnan(given);
  if (std::isinf(expected)) return given == expected;
  return std::abs(given - expected) <= allowed;
}

std::optional<Difference> difference_of(const Array& given, const Array& expected, std::size_t result, double looser,
                                        double least) {
  if (given.type() != expected.type()) return Difference{result};
  if (!expected.is_dense() || expected.dtype() == DType::Str) {
    return identical(given, expected) ? std::nullopt : std::optional(Difference{result});
  }
  const double tolerance = std::max(interpreter_tolerance(expected.dtype()), least);
  const double allowed = looser * tolerance * largest_magnitude(expected);
  for (i64 k = 0; k < expected.count(); ++k) {
    const Number g = given.at(k), e = expected.at(k);
    const bool same = is_float(expected.dtype()) ? agrees(g.as_double(), e.as_double(), allowed) : g == e;
    if (!same) return Difference{result, k, e.as_double(), g.as_double(), allowed};
  }
  return {};
}

/// The node over parameters of its operands' types.
Function alone(const Node& n) {
  Function f{std::string(n.op().name()), {}, {}};
  SmallVector<Value, 3> args;
  for (const Value& v : n.args()) {
    f.parameters.emplace_back(Node::parameter(v.type()), 0);
    args.push_back(f.parameters.back());
  }
  const NodeRef node = Node::make(n.op_ref(), std::move(args));
  for (std::size_t k = 0; k < node->outputs(); ++k) f.results.emplace_back(node, static_cast<std::int32_t>(k));
  return f;
}

}  // namespace

std::string to_string(const Difference& d) {
  if (d.element < 0) return fmt::format("result {}: another type or composite value", d.result);
  return fmt::format("result {}, element {}: {}, expected {} (at most {:.2g} apart)", d.result, d.element, d.given,
                     d.expected, d.allowed);
}

double interpreter_tolerance(DType t) {
  switch (t) {
    case DType::F64: return 1e-11;
    case DType::F32: return 2e-5;
    case DType::F16: return 4e-3;
    case DType::BF16: return 3e-2;
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ: return 0.5;
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return 1;
    default: return 0;
  }
}

double interpreter_tolerance(const Function& f) {
  double most = 0;
  for (const Node* n : topological(f.results))
    for (const Type& t : n->types()) most = std::max(most, interpreter_tolerance(t.dtype));
  return most;
}

std::optional<Difference> first_difference(std::span<const Array> given, std::span<const Array> expected, double looser,
                                           double least) {
  expect(given.size() == expected.size(), "results of one function are compared");
  for (std::size_t k = 0; k < expected.size(); ++k)
    if (auto d = difference_of(given[k], expected[k], k, looser, least)) return d;
  return {};
}

std::optional<Divergence> first_wrong_stage(const Function& f, std::span<const NamedFunction> stages,
                                            std::span<const Array> in, double looser) {
  const std::vector<Array> expected = interpret(f, in);
  const Function* before = &f;
  for (const NamedFunction& stage : stages) {
    if (auto d = first_difference(interpret(stage.f, in), expected, looser, interpreter_tolerance(f)))
      return Divergence{stage.name, *before, stage.f, *d};
    before = &stage.f;
  }
  return {};
}

std::optional<Divergence> first_wrong_kernel(const Function& f, std::span<const Array> in, double looser) {
  NodeMap<std::vector<Array>> values;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) values[f.parameters[k].node().get()] = {in[k]};
  for (const Node* n : topological(f.results)) {
    if (values.find(n) != nullptr) continue;
    if (n->is_settled()) {
      for (std::size_t k = 0; k < n->outputs(); ++k) values[n].push_back(n->result(static_cast<std::int32_t>(k)));
      continue;
    }
    std::vector<Array> operands;
    for (const Value& v : n->args())
      operands.push_back((*values.find(v.node().get()))[static_cast<std::size_t>(v.output())]);
    std::vector<Array> expected = interpret(n->op(), operands);
    if (!n->op().traits().view) {
      const Function kernel = alone(*n);
      const double least = interpreter_tolerance(kernel);
      if (auto d = first_difference(executable(kernel, "bisection")->run(operands), expected, looser, least))
        return Divergence{std::string(n->op().name()), kernel, kernel, *d};
    }
    values[n] = std::move(expected);
  }
  return {};
}

}  // namespace tenon
