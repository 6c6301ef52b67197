#include <algorithm>

#include "expr/analyse.h"
#include "op/formula.h"
#include "pass/formulas.h"
#include "pass/pass.h"

namespace tenon {

namespace {

using expr::Contraction;
using expr::Expr;
using expr::IndexId;
using expr::Kind;
using expr::NodeId;
using expr::Open;

/// Fewer rows than this do not pay for a copy of the other factor.
constexpr i64 kFewestRows = 8;

i64 volume(const expr::Pool& pool, const std::vector<IndexId>& indices) {
  i64 v = 1;
  for (IndexId i : indices) v *= pool.extent(i);
  return v;
}

/// Every load under `side` that depends on `v` walks through memory element by element as `v` grows.
bool is_contiguous_along(const Contraction& c, NodeId side, IndexId v) {
  const expr::Pool& pool = c.open.p();
  bool good = true;
  expr::visit(pool, side, [&](NodeId id) {
    const expr::Node& n = pool[id];
    if (n.kind != Kind::Load) return;
    Ints strides = contiguous_strides(c.open.in[static_cast<std::size_t>(n.operand)].shape);
    i64 step = 0;
    bool depends = false;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      if (n.at[d].data != expr::kNone) continue;
      i64 coef = n.at[d].at.coef(v);
      depends |= coef != 0;
      step += coef * strides[d];
      good &= coef == 0 || n.at[d].at.den == 1;
    }
    good &= !depends || step == 1;
  });
  return good;
}

bool has_contiguous_factor(const Contraction& c) {
  return std::ranges::any_of(c.n, [&](IndexId v) { return is_contiguous_along(c, c.b, v); }) ||
         std::ranges::any_of(c.m, [&](IndexId v) { return is_contiguous_along(c, c.a, v); });
}

/// Some operand that the side reads is no constant.
bool varies(const Contraction& c, NodeId side, std::span<const Value> args) {
  bool found = false;
  expr::visit(c.open.p(), side, [&](NodeId id) {
    const expr::Node& n = c.open.p()[id];
    found |= n.kind == Kind::Load && !args[static_cast<std::size_t>(n.operand)].node()->is_settled();
  });
  return found;
}

struct Packed {
  Expr pack;  ///< the copy, operands as in the contraction
  Expr main;  ///< reads the copy as its last operand
};

/// What a side is a wider form of: the copy is of that, and widened where it is read.
NodeId narrowed(const expr::Pool& pool, NodeId side) {
  const expr::Node& n = pool[side];
  const bool widens = n.kind == Kind::Cast && bits_of(pool[n.args[0]].dtype) < bits_of(n.dtype);
  return widens ? n.args[0] : side;
}

/// Copies the side of the innermost output index as [batch…, k…, rows…].
std::optional<Packed> pack(const Contraction& c) {
  const expr::Pool& pool = c.open.p();
  if (!c.pre_a.empty() || !c.pre_b.empty() || c.times != 1 || c.m.empty() || c.n.empty()) return {};
  auto parallel = c.open.parallel();
  auto last_of = [&](const std::vector<IndexId>& group) {
    std::ptrdiff_t last = -1;
    for (IndexId i : group) last = std::max(last, std::ranges::find(parallel, i) - parallel.begin());
    return last;
  };
  bool pack_b = last_of(c.n) > last_of(c.m);
  const auto& rows = pack_b ? c.n : c.m;
  if (volume(pool, pack_b ? c.m : c.n) < kFewestRows) return {};

  std::vector<IndexId> order = c.batch;
  order.insert(order.end(), c.k.begin(), c.k.end());
  order.insert(order.end(), rows.begin(), rows.end());
  Open copy{.pool = c.open.pool, .in = c.open.in};
  expr::Pool& p = copy.p();
  SmallVector<expr::Coord, 3> at;
  const NodeId side = pack_b ? c.b : c.a, source = narrowed(p, side);
  Type type{p[source].dtype, {}};
  for (IndexId i : order) {
    copy.out.push_back({i});
    at.push_back({expr::Affine::of(i), expr::kNone});
    type.shape.push_back(pool.extent(i));
  }
  copy.body = source;
  copy.post = p.acc(type.dtype);

  Open main = c.open;
  NodeId packed = p.load(static_cast<std::int32_t>(main.in.size()), type.dtype, std::move(at));
  if (source != side) packed = p.cast(p[side].dtype, packed);
  main.in.push_back(type);
  main.red = c.k;
  main.body = pack_b ? p.mul(c.a, packed) : p.mul(packed, c.b);
  main.post = c.post;
  return Packed{close(std::move(copy)), close(std::move(main))};
}

}  // namespace

Function pack_operands(const Function& f, Remarks& remarks) {
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    const Formula* formula = get_if<Formula>(n.op());
    if (!formula || formula->e.reducer != expr::Reducer::Sum || !formula->e.is_concrete()) return {};
    auto c = expr::classify(formula->e);
    if (!c || has_contiguous_factor(*c)) return {};
    if (!varies(*c, c->a, args) || !varies(*c, c->b, args)) {
      remarks.declined_at(n, "a constant factor is stored in the order in which its kernel reads it");
      return {};
    }
    auto packed = pack(*c);
    if (!packed) {
      remarks.declined_at(n, "the copy would be read too rarely to pay, or the factors are not plain");
      return {};
    }
    remarks.did_to(n, "a factor copied so that it is contiguous");
    std::vector<Value> operands(args.begin(), args.end());
    operands.push_back(formula_of(packed->pack, operands, "pack"));
    return {formula_of(packed->main, operands, formula->label)};
  });
}

}  // namespace tenon
