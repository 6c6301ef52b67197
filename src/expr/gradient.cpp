#include "expr/gradient.h"

#include <algorithm>

#include "expr/adjoint.h"
#include "expr/pull_back.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

/// What a chain of branches computes with before it is cast.
DType computed_in(const Pool& pool, NodeId id) {
  const Node* n = &pool[id];
  while (n->kind == Kind::Guard || n->kind == Kind::Select) n = &pool[n->args[n->kind == Kind::Guard ? 0 : 1]];
  return n->kind == Kind::Cast && is_float(pool[n->args[0]].dtype) ? pool[n->args[0]].dtype : n->dtype;
}

/// `id` in type `t` without the rounding of the last cast to a narrower type.
NodeId widened(Pool& pool, NodeId id, DType t) {
  const Node n = pool[id];
  if (n.dtype == t) return id;
  if (n.kind == Kind::Cast && is_float(pool[n.args[0]].dtype)) return pool.cast(t, n.args[0]);
  if (n.kind == Kind::Guard) return pool.guard(n.cond, widened(pool, n.args[0], t), widened(pool, n.args[1], t));
  if (n.kind == Kind::Select) return pool.select(n.args[0], widened(pool, n.args[1], t), widened(pool, n.args[2], t));
  if (n.kind == Kind::Apply && n.fn == Fn::Add)
    return pool.add(widened(pool, n.args[0], t), widened(pool, n.args[1], t));
  return pool.cast(t, id);
}

NodeId is_zero(Pool& pool, NodeId id) { return pool.apply(Fn::Eq, {id, pool.zero(pool[id].dtype)}); }
NodeId one_for_zero(Pool& pool, NodeId id) {
  return pool.select(is_zero(pool, id), pool.constant(Number(1.0), pool[id].dtype), id);
}

class Differentiator {
 public:
  Differentiator(const Expr& e, std::int32_t operand)
      : o_(open(e)), pool_(o_.p()), operand_(operand), count_(static_cast<std::int32_t>(e.in.size())) {
    if (o_.reducer == Reducer::None) drop_empty_reduction(o_);
    is_operand_ = [operand](const Node& n) { return n.kind == Kind::Load && n.operand == operand; };
    for (const auto& joined : o_.out) {
      Affine a;
      for (IndexId i : joined) a = a * pool_.extent(i) + Affine::of(i);
      here_.push_back({std::move(a)});
    }
    in_ = e.in;
    Shape shape = e.type().shape;
    bool position = e.reducer == Reducer::ArgMax || e.reducer == Reducer::ArgMin;
    in_.push_back(e.type());
    in_.push_back({position ? DType::I64 : e.accumulate, shape});
    in_.push_back({DType::I64, shape});
    if (e.reducer == Reducer::Prod) in_.push_back({e.accumulate, shape});
  }

  std::vector<GradientTerm> run() {
    NodeId incoming = extra(0);
    for (const Adjoint& a : adjoints(pool_, o_.post, incoming, is_operand_)) emit(a, o_.parallel());
    auto is_acc = [](const Node& n) { return n.kind == Kind::Acc; };
    auto box = o_.parallel();
    box.insert(box.end(), o_.red.begin(), o_.red.end());
    for (const Adjoint& acc : adjoints(pool_, o_.post, incoming, is_acc)) {
      NodeId seed = through_reducer(acc.value);
      if (seed == kNone) continue;
      for (const Adjoint& a : adjoints(pool_, o_.body, seed, is_operand_)) emit(a, box);
    }
    return std::move(terms_);
  }

 private:
  /// Operand count_ + k at this output element.
  NodeId extra(std::int32_t k) {
    return pool_.load(count_ + k, in_[static_cast<std::size_t>(count_ + k)].dtype, here_);
  }

  NodeId through_reducer(NodeId seed) {
    switch (o_.reducer) {
      case Reducer::None:
      case Reducer::Sum: return seed;
      case Reducer::Prod: {  // times the product of the other factors, which is 0 where one of them is
        const NodeId zero_here = pool_.cast(DType::I64, is_zero(pool_, o_.body));
        const NodeId others = pool_.apply(Fn::Div, {pool_.mul(seed, extra(3)), one_for_zero(pool_, o_.body)});
        return pool_.select(pool_.apply(Fn::Eq, {extra(2), zero_here}), others, pool_.zero(pool_[seed].dtype));
      }
      case Reducer::Max:
      case Reducer::Min: {
        Affine position;
        for (IndexId i : o_.red) position = position * pool_.extent(i) + Affine::of(i);
        NodeId chosen = pool_.apply(Fn::Eq, {extra(2), pool_.value(position)});
        return pool_.select(chosen, seed, pool_.constant(Number(0.0), pool_[seed].dtype));
      }
      case Reducer::ArgMax:
      case Reducer::ArgMin: break;
    }
    return kNone;
  }

  void emit(const Adjoint& a, const std::vector<IndexId>& box) {
    const Type& type = in_[static_cast<std::size_t>(operand_)];
    NodeId value = rewrite(
        pool_, a.value, [&](NodeId rebuilt, NodeId) { return pool_[rebuilt].kind == Kind::Acc ? extra(1) : rebuilt; });
    DType accumulate = promote(accumulate_type(type.dtype), computed_in(pool_, value));
    const SmallVector<Coord, 3> at = pool_[a.of].at;
    Open term = pull_back(o_.pool, at, type.shape, box, widened(pool_, value, accumulate));
    term.in = in_;
    term.post = pool_.cast(type.dtype, term.post);
    drop_empty_reduction(term);
    terms_.push_back({close(std::move(term))});
  }

  Open o_;
  Pool& pool_;
  std::int32_t operand_, count_;
  std::function<bool(const Node&)> is_operand_;
  SmallVector<Coord, 3> here_;
  std::vector<Type> in_;
  std::vector<GradientTerm> terms_;
};

}  // namespace

bool reads_operand(const Expr& e, std::int32_t number) {
  return std::ranges::any_of(e.nodes, [&](const Node& n) { return n.kind == Kind::Load && n.operand == number; });
}

std::vector<GradientTerm> gradient(const Expr& e, std::int32_t operand) {
  require(operand >= 0 && operand < static_cast<std::int32_t>(e.in.size()),
          "gradient: the expression has {} operands, asked for number {}", e.in.size(), operand);
  if (!is_float(e.in[static_cast<std::size_t>(operand)].dtype) || !is_float(e.type().dtype)) return {};
  return Differentiator(e, operand).run();
}

Expr reduced_only(const Expr& e) {
  Open o = open(e);
  bool position = o.reducer == Reducer::ArgMax || o.reducer == Reducer::ArgMin;
  o.post = o.p().acc(position ? DType::I64 : o.p()[o.body].dtype);
  return close(std::move(o));
}

Expr zeros_of(const Expr& e) {
  expect(e.reducer == Reducer::Prod, "zeros_of is for Prod");
  Open o = open(e);
  o.reducer = Reducer::Sum;
  o.accumulate = DType::I64;
  o.body = o.p().cast(DType::I64, is_zero(o.p(), o.body));
  o.post = o.p().acc(DType::I64);
  return close(std::move(o));
}

Expr product_of_others(const Expr& e) {
  expect(e.reducer == Reducer::Prod, "product_of_others is for Prod");
  Open o = open(e);
  o.body = one_for_zero(o.p(), o.body);
  o.post = o.p().acc(o.p()[o.body].dtype);
  return close(std::move(o));
}

Expr arg_of(const Expr& e) {
  expect(e.reducer == Reducer::Max || e.reducer == Reducer::Min, "arg_of is for Max and Min");
  Open o = open(e);
  o.reducer = e.reducer == Reducer::Max ? Reducer::ArgMax : Reducer::ArgMin;
  o.post = o.p().acc(DType::I64);
  return close(std::move(o));
}

}  // namespace tenon::expr
