#include <algorithm>

#include "pass/pass.h"

namespace tenon {

Function expand_composites(const Function& f, Remarks& remarks) {
  auto composite = [](const Node* n) { return !n->is_parameter() && !n->is_settled() && n->op().has_expand(); };
  Function result = f;
  Builder builder;
  for (int depth = 0;; ++depth) {
    auto nodes = topological(result.results);
    if (std::none_of(nodes.begin(), nodes.end(), composite)) return result;
    expect(depth < 64, "composites that expand without end");
    result = rebuild(result, [&](const Node& n, std::span<const Value> args) -> Values {
      if (!composite(&n)) return {};
      remarks.did_to(n, "expanded");
      return n.op().expand(builder, args);
    });
  }
}

}  // namespace tenon
