#include <algorithm>

#include "expr/analyse.h"
#include "op/formula.h"
#include "pass/formulas.h"
#include "pass/pass.h"

namespace tenon {

namespace {

/// Points of the domain that must be saved for each element that the interleaving copies.
constexpr double kWorthACopy = 4;
/// More kernels than this cost more to compile and to start than they save.
constexpr std::size_t kMostPhases = 64;

bool pays(const expr::Expr& e, const std::vector<expr::Phase>& phases) {
  if (phases.empty() || phases.size() > kMostPhases) return false;
  double saved = expr::cost_of(e).points;
  for (const expr::Phase& p : phases) saved -= expr::cost_of(p.e).points;
  return saved > kWorthACopy * static_cast<double>(element_count(e.type().shape));
}

}  // namespace

Function split_phases(const Function& f, Remarks& remarks) {
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    const Formula* whole = get_if<Formula>(n.op());
    if (!whole || !whole->e.is_concrete()) return {};
    std::vector<expr::Phase> phases = expr::phases(whole->e);
    if (!pays(whole->e, phases)) {
      if (!phases.empty()) remarks.declined_at(n, "the copy that interleaves the parts would cost more than they save");
      return {};
    }
    remarks.did_to(n, "split into dense sums");
    std::vector<Value> parts;
    for (const expr::Phase& p : phases) parts.push_back(formula_of(p.e, {args.begin(), args.end()}, whole->label));
    return {formula_of(expr::interleave(whole->e, phases), std::move(parts), "interleave")};
  });
}

}  // namespace tenon
