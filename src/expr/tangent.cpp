#include "expr/tangent.h"

#include <unordered_map>

#include "expr/partial.h"
#include "expr/pool.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

class Forward {
 public:
  Forward(const Expr& e, std::span<const char> active) : o_(open(e)), pool_(o_.p()) {
    if (o_.reducer == Reducer::None) drop_empty_reduction(o_);
    const auto n = static_cast<std::int32_t>(e.in.size());
    in_ = e.in;
    tangent_of_.resize(e.in.size(), kNone);
    for (std::int32_t k = 0; k < n; ++k) {
      const Type& type = e.in[static_cast<std::size_t>(k)];
      if (!active[static_cast<std::size_t>(k)]) continue;
      if (is_float(type.dtype)) tangent_of_[static_cast<std::size_t>(k)] = static_cast<std::int32_t>(in_.size());
      in_.push_back(type);
    }
    first_helper_ = static_cast<std::int32_t>(in_.size());
    const Shape shape = e.type().shape;
    in_.push_back({e.accumulate, shape});
    in_.push_back({DType::I64, shape});
    if (e.reducer == Reducer::Prod) in_.push_back({e.accumulate, shape});
    for (const auto& joined : o_.out) {
      Affine a;
      for (IndexId i : joined) a = a * pool_.extent(i) + Affine::of(i);
      here_.push_back({std::move(a)});
    }
  }

  std::optional<Expr> run() {
    if (o_.reducer == Reducer::None) {
      o_.body = of(o_.body);
      if (o_.body == kNone) return {};
    } else {
      if (const NodeId body = of(o_.body); body != kNone) reduced_ = through_reducer(body);
      o_.post = of_post();
      if (o_.post == kNone) return {};
      if (reduced_ == kNone)
        plain();
      else
        sum_of(reduced_);
    }
    o_.in = in_;
    if (o_.reducer != Reducer::None) eliminate_pinned(o_);
    drop_empty_reduction(o_);
    return close(std::move(o_));
  }

 private:
  /// Without a reduction: what `post` adds by itself.
  void plain() {
    o_.reducer = Reducer::None;
    o_.red.clear();
    o_.body = o_.post;
    o_.accumulate = pool_[o_.body].dtype;
    o_.post = pool_.acc(o_.accumulate);
  }
  void sum_of(NodeId body) {
    o_.reducer = Reducer::Sum;
    o_.body = body;
  }

  NodeId helper(std::int32_t k) {
    const std::int32_t number = first_helper_ + k;
    return pool_.load(number, in_[static_cast<std::size_t>(number)].dtype, here_);
  }

  /// What a change of the body's value adds to the reduced value.
  NodeId through_reducer(NodeId body) {
    const NodeId none = pool_.zero(pool_[body].dtype);
    switch (o_.reducer) {
      case Reducer::Sum: return body;
      case Reducer::Prod: {  // times the product of the other factors, which is 0 where one of them is
        const NodeId is_zero = pool_.apply(Fn::Eq, {o_.body, pool_.zero(pool_[o_.body].dtype)});
        const NodeId factor = pool_.select(is_zero, pool_.constant(Number(1.0), pool_[o_.body].dtype), o_.body);
        const NodeId others = pool_.apply(Fn::Div, {pool_.mul(body, helper(2)), factor});
        return pool_.select(pool_.apply(Fn::Eq, {helper(1), pool_.cast(DType::I64, is_zero)}), others, none);
      }
      case Reducer::Max:
      case Reducer::Min: {  // only at the extreme element
        Affine position;
        for (IndexId i : o_.red) position = position * pool_.extent(i) + Affine::of(i);
        return pool_.guard({Cond{Coord{-position, helper(1)}, 0, 1}}, body, none);
      }
      default: return kNone;
    }
  }

  /// The tangent of `post`, in which the reduced value is a helper and its tangent the new reduction.
  NodeId of_post() {
    const NodeId post = rewrite(
        pool_, o_.post, [&](NodeId rebuilt, NodeId) { return pool_[rebuilt].kind == Kind::Acc ? helper(0) : rebuilt; });
    if (reduced_ != kNone) known_[helper(0)] = pool_.acc(pool_[reduced_].dtype);
    return of(post);
  }

  /// The tangent of a scalar; kNone where it is 0.
  NodeId of(NodeId root) {
    std::vector<NodeId> order;
    visit(pool_, root, [&](NodeId id) { order.push_back(id); });
    for (NodeId id : order)
      if (!known_.count(id)) known_[id] = step(id);
    return known_.at(root);
  }

  NodeId step(NodeId id) {
    const Node n = pool_[id];
    if (!is_float(n.dtype)) return kNone;
    switch (n.kind) {
      case Kind::Load: return load(n);
      case Kind::Guard:
        return both(n.args[0], n.args[1], [&](NodeId yes, NodeId no) { return pool_.guard(n.cond, yes, no); });
      case Kind::Select:
        return both(n.args[1], n.args[2], [&](NodeId yes, NodeId no) { return pool_.select(n.args[0], yes, no); });
      case Kind::Cast: {
        const NodeId x = known_.at(n.args[0]);
        return x == kNone ? kNone : pool_.cast(n.dtype, x);
      }
      case Kind::Apply: return function(n, id);
      default: return kNone;
    }
  }

  NodeId load(const Node& n) {
    if (static_cast<std::size_t>(n.operand) >= tangent_of_.size()) return kNone;
    const std::int32_t number = tangent_of_[static_cast<std::size_t>(n.operand)];
    return number == kNone ? kNone : pool_.load(number, n.dtype, n.at);
  }

  /// choose(tangents of two nodes), of which a missing one is 0; kNone where both are missing.
  template <class Choose>
  NodeId both(NodeId a, NodeId b, const Choose& choose) {
    const NodeId x = known_.at(a), y = known_.at(b);
    if (x == kNone && y == kNone) return kNone;
    const NodeId none = pool_.zero(pool_[a].dtype);
    return choose(x == kNone ? none : x, y == kNone ? none : y);
  }

  NodeId function(const Node& n, NodeId id) {
    if (n.fn == Fn::Max || n.fn == Fn::Min)
      return both(n.args[1], n.args[0],
                  [&](NodeId second, NodeId first) { return pool_.select(chosen_second(pool_, id), second, first); });
    NodeId total = kNone;
    for (std::size_t k = 0; k < n.args.size(); ++k) {
      const NodeId x = known_.at(n.args[k]);
      if (x == kNone) continue;
      const NodeId d = times_partial(pool_, id, k, x);
      if (d != kNone) total = total == kNone ? d : pool_.add(total, d);
    }
    return total;
  }

  Open o_;
  Pool& pool_;
  std::vector<Type> in_;
  std::vector<std::int32_t> tangent_of_;  ///< by operand
  std::int32_t first_helper_ = 0;
  SmallVector<Coord, 3> here_;
  std::unordered_map<NodeId, NodeId> known_;
  NodeId reduced_ = kNone;
};

}  // namespace

std::optional<Expr> tangent(const Expr& e, std::span<const char> active) {
  require(active.size() == e.in.size(), "tangent: the expression has {} operands, {} marks given", e.in.size(),
          active.size());
  if (!is_float(e.type().dtype)) return {};
  return Forward(e, active).run();
}

}  // namespace tenon::expr
