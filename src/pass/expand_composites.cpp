#include <algorithm>

#include "pass/pass.h"

namespace tenon {

Function expand_composites(const Function& f, Remarks& remarks) {
  auto composite = [](const Node* n) { return !n->is_parameter() && !n->is_settled() && n->op().has_expand(); };
  Function result = f;
  Builder builder;
  for (int depth = 0;; ++depth) {
    bool expanded = false;
    result = rebuild(result, [&](const Node& n, std::span<const Value> args) -> Values {
      if (!composite(&n)) return {};
      try {
        Values values = n.op().expand(builder, args);
        expanded = true;
        remarks.did_to(n, "expanded");
        return values;
      } catch (const Error& e) {
        if (std::ranges::all_of(args, [](const Value& v) { return is_concrete(v.type()); })) throw;
        remarks.declined_at(n, e.what());  // some need to know extents
        return {};
      }
    });
    if (!expanded) return result;
    expect(depth < 64, "composites that expand without end");
  }
}

}  // namespace tenon
