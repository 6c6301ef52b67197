#include <numeric>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

using expr::Cond;
using expr::Expr;
using expr::Kind;

Access flat(const Expr& e, const Node& load) {
  Access a{load.operand, Affine(0), {}};
  const Shape& shape = e.in[static_cast<std::size_t>(load.operand)].shape;
  Ints strides = contiguous_strides(shape);
  for (std::size_t d = 0; d < load.at.size(); ++d) {
    const expr::Coord& c = load.at[d];
    a.offset = a.offset + c.at * strides[d];
    if (c.data != kNone) a.data.push_back({c.data, c.at, strides[d], shape[d], static_cast<std::int32_t>(d)});
  }
  return a;
}

Affine row_major(const std::vector<Dim>& extent, IndexId first, IndexId last) {
  Affine r;
  for (IndexId i = first; i < last; ++i) r = r * extent[static_cast<std::size_t>(i)] + Affine::of(i);
  return r;
}

std::string index_name(IndexId i, std::int32_t parallel) {
  constexpr std::string_view outer = "ijlmnopq", inner = "krstuvwx";
  bool is_outer = i < parallel;
  auto k = static_cast<std::size_t>(is_outer ? i : i - parallel);
  std::string_view letters = is_outer ? outer : inner;
  return k < letters.size() ? std::string(1, letters[k]) : (is_outer ? "i" : "k") + std::to_string(k);
}

/// The parallel index that `c` pins to data: lo <= at + data < lo + 1 where `at` holds the index with -1 or +1.
IndexId pinned(const Nest& nest, const Cond& c, const std::vector<std::uint64_t>& uses, std::uint64_t update_uses) {
  if (c.e.data == kNone || c.hi - c.lo != 1 || c.e.at.den != 1) return kNone;
  for (const expr::Term& t : c.e.at.terms) {
    std::uint64_t bit = std::uint64_t{1} << t.index;
    if (!nest.is_parallel(t.index) || t.coef != -1) continue;
    if (!(uses[static_cast<std::size_t>(c.e.data)] & bit) && !(update_uses & bit)) return t.index;
  }
  return kNone;
}

bool is_zero(const Node& n) { return n.kind == Kind::Const && n.value.as_double() == 0; }

// sum of [position(point) == t] * update, which post leaves as it is.
void recognise_scatter(Nest& nest) {
  if (nest.reducer != expr::Reducer::Sum || nest.node(nest.post).kind != Kind::Acc || nest.out != nest.accumulate)
    return;
  const Node& body = nest.node(nest.body);
  if (body.kind != Kind::Guard || !is_zero(nest.node(body.args[1]))) return;
  std::vector<std::uint64_t> uses = dependences(nest);
  for (std::size_t k = 0; k < body.cond.size(); ++k) {
    std::uint64_t update = uses[static_cast<std::size_t>(body.args[0])];
    expr::Conds others;
    for (std::size_t o = 0; o < body.cond.size(); ++o) {
      if (o == k) continue;
      others.push_back(body.cond[o]);
      update |= indices_of(body.cond[o].e.at);
      if (body.cond[o].e.data != kNone) update |= uses[static_cast<std::size_t>(body.cond[o].e.data)];
    }
    const Cond& c = body.cond[k];
    IndexId target = pinned(nest, c, uses, update);
    if (target == kNone) continue;
    nest.scatter = Scatter{target, c.e.at + Affine::of(target) - Affine(c.lo), c.e.data, body.args[0], others};
    std::erase_if(nest.loops, [&](const Loop& l) { return l.index == target; });
    return;
  }
}

}  // namespace

Nest lower(const Expr& e) {
  Nest nest;
  nest.in = e.in;
  nest.out = e.type().dtype;
  nest.extent.assign(e.domain.extent.begin(), e.domain.extent.end());
  nest.parallel = e.domain.parallel;
  require(nest.extent.size() <= 64, "an expression of {} indices; 64 are possible", nest.extent.size());
  nest.nodes = e.nodes;
  nest.body = e.body;
  nest.post = e.post;
  nest.reducer = e.reducer;
  nest.accumulate = e.accumulate;
  for (Node& n : nest.nodes) {
    if (n.kind != Kind::Load) continue;
    nest.accesses.push_back(flat(e, n));
    n.operand = static_cast<std::int32_t>(nest.accesses.size() - 1);
    n.at.clear();
  }
  nest.out_offset = row_major(nest.extent, 0, nest.parallel);
  nest.position = row_major(nest.extent, nest.parallel, nest.indices());
  for (IndexId i = 0; i < nest.indices(); ++i) {
    nest.names.push_back(index_name(i, nest.parallel));
    nest.loops.push_back({nest.names.back(), i, nest.extent[static_cast<std::size_t>(i)], 1, LoopKind::Serial});
  }
  if (nest.points() > 0) recognise_scatter(nest);
  return nest;
}

}  // namespace tenon::loop
