#include "pass/pass.h"
#include "pass/rules.h"

namespace tenon {

Function simplify(const Function& f, Remarks& remarks) {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> list;
    for (const AlgebraRule& r : all_rules())
      if (r.exactness != Exactness::Approximate) list.push_back(r.rule);
    return list;
  }();
  Rewritten out = rewrite(f, rules);
  for (const auto& [name, times] : out.fired)
    for (int k = 0; k < times; ++k) remarks.did("{}", name);
  return out.function;
}

}  // namespace tenon
