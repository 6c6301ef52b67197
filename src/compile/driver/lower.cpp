#include "compile/driver/lower.h"

#include "compile/driver/control.h"
#include "compile/special.h"

namespace tenon {

std::vector<Node*> calls_of(const Function& f) {
  std::vector<Node*> calls;
  for (Node* n : topological(f.results)) {
    const bool in_memory = n->is_parameter() || n->is_settled() || n->op().traits().view;
    if (in_memory) continue;
    require(is_generated(*n) || n->op().has_evaluate(), "{}: this operator has no compiled form", n->op().name());
    calls.push_back(n);
  }
  return calls;
}

Value root_of(Value v) {
  auto is_view = [](const Node& n) { return !n.is_parameter() && !n.is_settled() && n.op().traits().view; };
  while (is_view(*v.node())) v = Value(v.node()->args()[static_cast<std::size_t>(v.output())]);
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
    for (const FunctionPtr& body : bodies_of(n->op())) step.bodies.push_back(lowered(*body, {}));
    if (!step.bodies.empty()) continue;
    if (is_generated(*n)) {
      step.parts = parts_of(*n);
      std::vector<char> is_constant;
      for (const Value& v : n->args()) is_constant.push_back(root_of(v).node()->is_settled());
      store_constants(*step.parts, is_constant);
      continue;
    }
    step.special = special_call(*n);
    const runtime::SpecialKernel kernel = special_kernel(*step.special);
    step.workspace = kernel.workspace, step.in_place = kernel.in_place;
  }
  return steps;
}

Lowered lowered(const Function& f, const Replacements& wanted) {
  Lowered l{&f, steps_of(f), {}};
  l.in_place = made_in_place(f, wanted, l.steps);
  return l;
}

namespace {

class KernelCollector {
 public:
  void add(const Lowered& lowered) {
    for (const Step& step : lowered.steps) {
      for (const Lowered& body : step.bodies) add(body);
      if (step.parts) kernels.of[step.node] = number_of(source_of(*step.parts, ""));
    }
  }
  Kernels kernels;

 private:
  std::size_t number_of(codegen::KernelSource source) {
    const std::uint64_t hash = source.hash();
    auto [first, last] = seen_.equal_range(hash);
    while (first != last && !kernels.sources[first->second].same_code(source)) ++first;
    if (first != last) return first->second;
    const std::size_t fresh = kernels.sources.size();
    seen_.emplace(hash, fresh);
    source.symbol = "kernel_" + std::to_string(fresh);
    kernels.sources.push_back(std::move(source));
    return fresh;
  }

  std::unordered_multimap<std::uint64_t, std::size_t> seen_;
};

}  // namespace

Kernels kernels_of(const Lowered& lowered) {
  KernelCollector collector;
  collector.add(lowered);
  return std::move(collector.kernels);
}

}  // namespace tenon
