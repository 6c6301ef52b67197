#include "compile/driver/lower.h"

#include "compile/driver/control.h"
#include "compile/special.h"
#include "op/formula.h"

namespace tenon {

std::vector<Node*> calls_of(const Function& f) {
  std::vector<Node*> calls;
  for (Node* n : topological(f.results)) {
    const bool in_memory = n->is_parameter() || n->is_settled() || n->op().traits().view;
    if (in_memory) continue;
    require(get_if<Formula>(n->op()) || n->op().has_evaluate(), "{}: this operator has no compiled form",
            n->op().name());
    calls.push_back(n);
  }
  return calls;
}

Value root_of(Value v) {
  auto is_view = [](const Node& n) { return !n.is_parameter() && !n.is_settled() && n.op().traits().view; };
  while (is_view(*v.node())) v = Value(v.node()->args()[0]);
  return v;
}

std::vector<Value> Step::outputs() const {
  std::vector<Value> list;
  for (std::size_t k = 0; k < node->outputs(); ++k) list.push_back({node->ref(), static_cast<std::int32_t>(k)});
  return list;
}

std::vector<Step> steps_of(const Function& f) {
  std::vector<Step> steps;
  for (Node* n : calls_of(f)) {
    Step& step = steps.emplace_back(Step{n});
    if (get_if<Formula>(n->op()) || !bodies_of(n->op()).empty()) continue;
    step.special = special_call(*n);
    const runtime::SpecialKernel kernel = special_kernel(*step.special);
    step.workspace = kernel.workspace, step.in_place = kernel.in_place;
  }
  return steps;
}

namespace {

class KernelCollector {
 public:
  void add(const Function& f) {
    for (const Node* n : calls_of(f)) {
      for (const FunctionPtr& body : bodies_of(n->op())) add(*body);
      const Formula* formula = get_if<Formula>(n->op());
      if (formula) kernels.of[n] = kernel_of(formula->e);
    }
  }
  Kernels kernels;

 private:
  std::size_t kernel_of(const expr::Expr& e) {
    const std::uint64_t hash = e.hash();
    auto [first, last] = seen_.equal_range(hash);
    while (first != last && !(kernels.sources[first->second].e == e)) ++first;
    if (first != last) return first->second;
    const std::size_t fresh = kernels.sources.size();
    seen_.emplace(hash, fresh);
    kernels.sources.push_back({"kernel_" + std::to_string(fresh), e});
    return fresh;
  }

  std::unordered_multimap<std::uint64_t, std::size_t> seen_;
};

}  // namespace

Kernels kernels_of(const Function& f) {
  KernelCollector collector;
  collector.add(f);
  return std::move(collector.kernels);
}

}  // namespace tenon
