#include <algorithm>
#include <set>

#include "expr/gradient.h"
#include "expr/sums.h"
#include "op/formula.h"
#include "pass/formulas.h"
#include "pass/pass.h"

namespace tenon {

namespace {

using expr::Expr;
using expr::IndexId;
using expr::Kind;
using ExprNode = expr::Node;

constexpr double kMuchWork = 1 << 19;  ///< points from which on threads should share a reduction
constexpr i64 kFewRows = 16;           ///< results that are too few to be shared
constexpr i64 kFewColumns = 1024;      ///< the same where neighbours are one vector
constexpr i64 kMostPieces = 64, kFewestPieces = 4;

/// Parallel indices of an access; whether one of them goes from element to element; whether a reduced one does.
struct LoadUse {
  std::set<IndexId> parallel;
  bool along_output = false, reduces = false;
};

LoadUse use_of(const Expr& e, const ExprNode& load) {
  LoadUse use;
  for (const expr::Coord& c : load.at)
    for (const expr::Term& t : c.at.terms) {
      const bool parallel = t.index < e.domain.parallel;
      if (parallel) use.parallel.insert(t.index);
      use.reduces |= !parallel;
      use.along_output |= parallel && &c == &load.at.back() && t.coef == 1;
    }
  return use;
}

/// The reduced index that is divided, and into how many parts; 0 parts: none, as threads can share the results, or
/// what is reduced is a product of matrices.
struct Split {
  IndexId index = 0;
  i64 parts = 0;
};

Split split_of(const Expr& e) {
  const bool combines =
      e.reducer != expr::Reducer::None && e.reducer != expr::Reducer::ArgMax && e.reducer != expr::Reducer::ArgMin;
  if (!combines || points_of(e) < kMuchWork || expr::as_scatter(e)) return {};
  std::set<std::set<IndexId>> factors;
  bool columns = false;
  for (const ExprNode& n : e.nodes) {
    if (n.kind != Kind::Load) continue;
    const LoadUse use = use_of(e, n);
    if (!use.reduces) continue;
    factors.insert(use.parallel);
    columns |= use.along_output;
  }
  const i64 results = element_count(e.type().shape);
  if (factors.size() != 1 || results == 0 || results >= (columns ? kFewColumns : kFewRows)) return {};
  for (auto i = static_cast<IndexId>(e.domain.parallel); i < static_cast<IndexId>(e.domain.extent.size()); ++i) {
    const i64 extent = e.domain.extent[static_cast<std::size_t>(i)].value();
    for (i64 parts = std::min(kMostPieces, extent); parts >= kFewestPieces; --parts)
      if (extent % parts == 0) return {i, parts};
  }
  return {};
}

/// The reduced values of each part, in a new first dimension.
Expr in_parts(const Expr& e, const Split& split) {
  expr::Open o = expr::open(expr::reduced_only(e));
  expr::Pool& pool = o.p();
  IndexId& whole = o.red[static_cast<std::size_t>(split.index - e.domain.parallel)];
  const i64 each = pool.extent(whole).value() / split.parts;
  const IndexId part = pool.fresh("p", split.parts), inside = pool.fresh("k", each);
  o.body = substitute(pool, o.body, {{whole, {expr::Affine::of(part, each) + expr::Affine::of(inside)}}});
  whole = inside;
  o.out.insert(o.out.begin(), {part});
  return close(std::move(o));
}

/// The same as `e`, of the parts, which are the last operand.
Expr from_parts(const Expr& e, const Split& split) {
  expr::Open o = expr::open(e);
  expr::Pool& pool = o.p();
  const IndexId part = pool.fresh("p", split.parts);
  SmallVector<expr::Coord, 3> at{{expr::Affine::of(part)}};
  for (const auto& group : o.out) {
    expr::Affine a;
    for (IndexId i : group) a = a * pool.extent(i) + expr::Affine::of(i);
    at.push_back({std::move(a)});
  }
  o.body = pool.load(static_cast<std::int32_t>(o.in.size()), e.accumulate, std::move(at));
  Shape shape = e.type().shape;
  shape.insert(shape.begin(), split.parts);
  o.in.push_back({e.accumulate, std::move(shape)});
  o.red = {part};
  return close(std::move(o));
}

}  // namespace

Function split_reductions(const Function& f, Remarks& remarks) {
  return rebuild(f, [&](const tenon::Node& n, std::span<const Value> args) -> Values {
    const Formula* whole = get_if<Formula>(n.op());
    if (!whole || !whole->e.is_concrete()) return {};
    const Split split = split_of(whole->e);
    if (split.parts == 0) return {};
    remarks.did_to(n, fmt::format("reduced in {} parts, which threads share", split.parts));
    std::vector<Value> operands(args.begin(), args.end());
    operands.push_back(formula_of(in_parts(whole->e, split), operands, whole->label));
    return {formula_of(from_parts(whole->e, split), operands, whole->label)};
  });
}

}  // namespace tenon
