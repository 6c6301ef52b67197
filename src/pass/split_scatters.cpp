#include "expr/gradient.h"
#include "expr/sums.h"
#include "op/formula.h"
#include "pass/formulas.h"
#include "pass/pass.h"

namespace tenon {

namespace {

using expr::Expr;

/// What `e` makes of its reduced value, which is the last operand.
Expr after_reduction(const Expr& e) {
  expr::Open o = expr::open(e);
  expr::Pool& pool = o.p();
  SmallVector<expr::Coord, 3> here;
  for (const auto& group : o.out) {
    expr::Affine a;
    for (expr::IndexId i : group) a = a * pool.extent(i) + expr::Affine::of(i);
    here.push_back({std::move(a)});
  }
  o.body = pool.load(static_cast<std::int32_t>(o.in.size()), e.accumulate, std::move(here));
  o.in.push_back({e.accumulate, e.type().shape});
  o.red.clear();
  o.reducer = expr::Reducer::None;
  expr::drop_empty_reduction(o);
  return close(std::move(o));
}

}  // namespace

Function split_scatters(const Function& f, Remarks& remarks) {
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    const Formula* whole = get_if<Formula>(n.op());
    if (!whole || !expr::as_scatter(whole->e)) return {};
    const Expr& e = whole->e;
    if (e.node(e.post).kind == expr::Kind::Acc) return {};
    remarks.did_to(n, "scatter separated");
    std::vector<Value> operands(args.begin(), args.end());
    operands.push_back(formula_of(expr::reduced_only(e), operands, "scatter"));
    return {formula_of(after_reduction(e), operands, whole->label)};
  });
}

}  // namespace tenon
