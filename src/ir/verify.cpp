#include "ir/verify.h"

#include "ir/text.h"

namespace tenon {
namespace {

void verify_parameters(const Function& f) {
  NodeMap<bool> seen;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    const Value& p = f.parameters[k];
    require(p.defined(), "function {}: parameter {} is undefined", f.name, k);
    require(p.output() == 0 && (p.node()->is_parameter() || p.node()->is_settled()),
            "function {}: parameter {} is the result of an operator, expected a parameter node", f.name, k);
    require(seen.try_emplace(p.node().get(), true).second, "function {}: parameter {} is listed twice", f.name, k);
  }
}

// Both are needed before nodes can be numbered and named.
void verify_results(const Function& f) {
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    const Value& r = f.results[k];
    require(r.defined(), "function {}: result {} is undefined", f.name, k);
    require(r.output() >= 0 && static_cast<std::size_t>(r.output()) < r.node()->outputs(),
            "function {}: result {} is output {} of a node with {}", f.name, k, r.output(), r.node()->outputs());
  }
}

void verify_types(const Node& node, const std::string& name) {
  SmallVector<Operand, 3> operands;
  for (const Value& v : node.args()) operands.push_back(operand_of(v));
  Types inferred;
  try {
    inferred = inferred_types(node.op(), {operands.data(), operands.size()});
  } catch (const Error& e) {
    fail("{}: {}", name, e.what());
  }
  require(inferred.size() == node.outputs(), "{}: the node has {} outputs, its operator {}", name, node.outputs(),
          inferred.size());
  for (std::size_t k = 0; k < inferred.size(); ++k) {
    require(inferred[k] == node.types()[k], "{}: output {} has type {}, but its operator says {}", name, k,
            node.types()[k], inferred[k]);
  }
}

}  // namespace

void verify(const Function& f) {
  verify_parameters(f);
  verify_results(f);
  Numbering numbering(f);
  for (const Node* node : numbering.nodes()) {
    require(!node->is_parameter(), "function {}: {} ({} \"{}\") is used but not listed among the parameters", f.name,
            numbering.brief(*node), node->types()[0], node->name());
    if (node->is_settled()) continue;
    verify_types(*node, numbering.brief(*node));
  }
}

}  // namespace tenon
