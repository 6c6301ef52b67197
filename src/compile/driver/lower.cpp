#include "compile/driver/lower.h"

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

Kernels kernels_of(const Function& f) {
  Kernels k;
  std::unordered_multimap<std::uint64_t, std::size_t> seen;
  for (const Node* n : calls_of(f)) {
    const Formula* formula = get_if<Formula>(n->op());
    if (!formula) continue;
    std::uint64_t hash = formula->e.hash();
    auto [first, last] = seen.equal_range(hash);
    while (first != last && !(k.sources[first->second].e == formula->e)) ++first;
    if (first != last) {
      k.of[n] = first->second;
      continue;
    }
    seen.emplace(hash, k.sources.size());
    k.of[n] = k.sources.size();
    k.sources.push_back({"kernel_" + std::to_string(k.sources.size()), formula->e});
  }
  return k;
}

}  // namespace tenon
