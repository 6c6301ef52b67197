#include "expr/pull_back.h"

#include <algorithm>

#include "expr/sums.h"

namespace tenon::expr {

namespace {

class PullBack {
 public:
  PullBack(Pool& pool, const SmallVector<Coord, 3>& at, const Shape& shape, const std::vector<IndexId>& box)
      : pool_(pool), at_(at), shape_(shape), box_(box), out(at.size()) {}

  void run() {
    for (std::size_t d = 0; d < at_.size(); ++d) keep_indices(d);
    for (std::size_t d = 0; d < at_.size(); ++d)
      if (out[d].empty()) solve(d);
    for (Cond& c : conds) {
      c.e = substitute(pool_, c.e, solved);
      if (c.e.data != kNone) c.e.data = substitute(pool_, c.e.data, solved);
    }
  }

  bool is_done(IndexId i) const { return std::find(done_.begin(), done_.end(), i) != done_.end(); }

 private:
  /// A dimension that the access covers exactly once keeps its indices.
  void keep_indices(std::size_t d) {
    if (at_[d].data != kNone) return;
    auto indices = mixed_radix(pool_, at_[d].at, shape_[d]);
    if (!indices || std::ranges::any_of(*indices, [&](IndexId i) { return is_done(i); })) return;
    if (indices->empty()) indices->push_back(pool_.fresh("t", 1));
    done_.insert(done_.end(), indices->begin(), indices->end());
    out[d] = std::move(*indices);
  }

  /// Solves access == t for one index that is still free, or else tests for equality.
  void solve(std::size_t d) {
    IndexId t = pool_.fresh("t", shape_[d]);
    out[d] = {t};
    Coord q = substitute(pool_, at_[d], solved);
    Affine difference = q.at - Affine::of(t);
    IndexId pivot = q.data == kNone ? choose_pivot(difference) : kNone;
    if (pivot == kNone) {
      conds.push_back({{difference, q.data}, 0, 1});
      return;
    }
    Dim k = difference.coef(pivot);
    Affine rest = difference * difference.den - Affine::of(pivot, k);
    Coord value{exact_div(-rest, k)};
    done_.push_back(pivot);
    solved[pivot] = value;
    for (auto& [i, c] : solved) c = substitute(pool_, c, {{pivot, value}});
    for (Cond& c : conds) c.e = substitute(pool_, c.e, {{pivot, value}});
    conds.push_back({value, 0, pool_.extent(pivot)});
  }

  /// The free index of largest extent, as far as extents compare; among equals the first, and parallel ones come first.
  /// Its coefficient must be a number.
  IndexId choose_pivot(const Affine& difference) const {
    IndexId best = kNone;
    for (IndexId i : box_)
      if (difference.coef(i) != 0 && difference.coef(i).is_constant() && !is_done(i) &&
          (best == kNone || certainly_less(pool_.extent(best), pool_.extent(i))))
        best = i;
    return best;
  }

  Pool& pool_;
  const SmallVector<Coord, 3>& at_;
  const Shape& shape_;
  const std::vector<IndexId>& box_;
  std::vector<IndexId> done_;

 public:
  std::vector<std::vector<IndexId>> out;
  Conds conds;
  Substitution solved;
};

}  // namespace

Open pull_back(std::shared_ptr<Pool> pool, const SmallVector<Coord, 3>& at, const Shape& shape,
               const std::vector<IndexId>& box, NodeId body) {
  PullBack p(*pool, at, shape, box);
  p.run();
  Open o{.pool = pool, .out = std::move(p.out), .reducer = Reducer::Sum, .accumulate = (*pool)[body].dtype};
  for (IndexId i : box)
    if (!p.is_done(i)) o.red.push_back(i);
  NodeId none = pool->constant(Number(0.0), o.accumulate);
  o.body = pool->guard(std::move(p.conds), substitute(*pool, body, p.solved), none);
  o.post = pool->acc(o.accumulate);
  eliminate_pinned(o);
  return o;
}

}  // namespace tenon::expr
