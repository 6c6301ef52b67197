#include <algorithm>
#include <set>

#include "expr/analyse.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

/// Splits a coordinate over joined indices (row-major) where that needs no division.
bool split_radix(const Pool& pool, Coord c, const std::vector<IndexId>& joined, Substitution& to) {
  for (std::size_t j = joined.size(); j-- > 1;) {
    if (c.data != kNone || c.at.den != 1) return false;
    Dim extent = pool.extent(joined[j]);
    if (extent == 0) return false;
    Affine inner, outer;
    for (const Term& t : c.at.terms) {
      if (auto whole = exact_quotient(t.coef, extent))
        outer = outer + Affine::of(t.index, *whole);
      else
        inner = inner + Affine::of(t.index, t.coef);
    }
    Dim quotient = exact_quotient(c.at.offset, extent).value_or(0);
    if (extent.is_constant()) quotient = floor_div(c.at.offset, extent);
    outer = outer + Affine(quotient);
    inner = inner + Affine(c.at.offset - quotient * extent);
    Range r = range_of(pool, inner, {});
    if (!r.at_least(0) || !r.less_than(extent)) return false;
    to[joined[j]] = {inner, kNone};
    c = {outer, kNone};
  }
  if (!joined.empty()) to[joined[0]] = c;
  return true;
}

class Fusion {
 public:
  Fusion(const Expr& consumer, std::int32_t operand, const Expr& producer)
      : operand_(operand),
        operands_(static_cast<std::int32_t>(consumer.in.size())),
        c_(open(consumer)),
        p_(open(producer, c_.pool, operands_)),
        pool_(c_.p()) {
    drop_empty_reduction(c_);
    drop_empty_reduction(p_);
  }
  std::string why;

  std::optional<Expr> run() {
    bool reduces = p_.reducer != Reducer::None;
    if (reduces && c_.reducer != Reducer::None) return refuse("both reduce: two kernels, or one cluster");
    split_indices();
    NodeId body = kNone, post = kNone;
    if (reduces) {
      post = inlined(with_acc(c_.post, c_.body), [&](NodeId load) { return epilogue(load); });
    } else {
      whole_ = with_acc(p_.post, p_.body);
      auto value = [&](NodeId load) { return pointwise(load); };
      body = inlined(c_.body, value);
      post = inlined(c_.post, value);
    }
    if (!why.empty()) return std::nullopt;
    if (reduces) {
      if (coords_.empty() && !read_) return refuse("the operand is not read");
      body = substitute(pool_, p_.body, at_);
      c_.red = p_.red;
      c_.reducer = p_.reducer;
      c_.accumulate = p_.accumulate;
    }
    return finish(body, post);
  }

 private:
  std::nullopt_t refuse(const char* reason) {
    if (why.empty()) why = reason;
    return std::nullopt;
  }

  NodeId with_acc(NodeId post, NodeId body) {
    return rewrite(pool_, post,
                   [&](NodeId rebuilt, NodeId) { return pool_[rebuilt].kind == Kind::Acc ? body : rebuilt; });
  }

  template <class F>
  NodeId inlined(NodeId root, const F& value_of) {
    return rewrite(pool_, root, [&](NodeId rebuilt, NodeId) {
      const Node& n = pool_[rebuilt];
      return n.kind == Kind::Load && n.operand == operand_ && why.empty() ? value_of(rebuilt) : rebuilt;
    });
  }

  /// Where a whole index of the consumer walks along a joined dimension of the producer, it becomes joined too.
  void split_indices() {
    std::vector<NodeId> loads;
    for (NodeId root : {c_.body, c_.post})
      visit(pool_, root, [&](NodeId id) {
        if (pool_[id].kind == Kind::Load && pool_[id].operand == operand_) loads.push_back(id);
      });
    for (NodeId id : loads) {
      auto at = pool_[id].at;
      for (std::size_t d = 0; d < at.size(); ++d) {
        const auto& joined = p_.out[d];
        if (joined.size() < 2 || at[d].data != kNone || at[d].at.terms.size() != 1) continue;
        IndexId i = at[d].at.terms[0].index;
        Dim extent = 1;
        for (IndexId k : joined) extent *= pool_.extent(k);
        if (at[d].at == Affine::of(i) && pool_.extent(i) == extent) split_index(i, joined);
      }
    }
  }

  void split_index(IndexId i, const std::vector<IndexId>& like) {
    std::vector<IndexId> parts;
    Affine whole;
    for (IndexId k : like) {
      parts.push_back(pool_.fresh(pool_.index(k).name, pool_.extent(k)));
      whole = whole * pool_.extent(k) + Affine::of(parts.back());
    }
    auto replace_in = [&](std::vector<IndexId>& list) {
      auto it = std::ranges::find(list, i);
      if (it != list.end()) list.insert(list.erase(it), parts.begin(), parts.end());
    };
    for (auto& group : c_.out) replace_in(group);
    replace_in(c_.red);
    for (NodeId* root : {&c_.body, &c_.post}) *root = substitute(pool_, *root, {{i, {whole}}});
  }

  /// The producer's indices at the coordinates of a load.
  std::optional<Substitution> indices_at(NodeId load) {
    Substitution s;
    auto at = pool_[load].at;
    for (std::size_t d = 0; d < at.size(); ++d)
      if (!split_radix(pool_, at[d], p_.out[d], s)) return refuse("the access would need a division");
    return s;
  }

  /// An index read from data must still meet a check of its range.
  bool keeps_check(std::size_t d) {
    if (p_.out[d].size() != 1) return false;
    IndexId i = p_.out[d][0];
    bool found = false;
    visit(pool_, whole_, [&](NodeId id) {
      const Node& n = pool_[id];
      if (n.kind != Kind::Load) return;
      const Shape& shape = p_.in[static_cast<std::size_t>(n.operand - operands_)].shape;
      for (std::size_t k = 0; k < n.at.size(); ++k)
        found |= n.at[k] == Coord{Affine::of(i), kNone} && shape[k] == pool_.extent(i);
    });
    return found;
  }

  NodeId pointwise(NodeId load) {
    auto at = pool_[load].at;
    for (std::size_t d = 0; d < at.size(); ++d)
      if (at[d].data != kNone && !keeps_check(d)) return refuse("an index from data would go unchecked"), load;
    auto s = indices_at(load);
    if (!s) return load;
    try {
      return substitute(pool_, whole_, *s);
    } catch (const Error&) {
      return refuse("not affine in an index read from data"), load;
    }
  }

  NodeId epilogue(NodeId load) {
    Node n = pool_[load];
    if (read_ && !(coords_ == n.at)) return refuse("the reduction is read at two places"), load;
    for (const Coord& c : n.at)
      if (c.data != kNone) return refuse("the reduction is read through data"), load;
    auto s = indices_at(load);
    if (!s) return load;
    std::set<IndexId> hit;
    for (const auto& [index, c] : *s) {
      auto used = support(pool_, c);
      if (used.size() > 1 || (used.size() == 1 && !hit.insert(used[0]).second)) return refuse("not one to one"), load;
    }
    for (IndexId i : c_.parallel())
      if (varies(pool_.extent(i)) && !hit.count(i))
        return refuse("the reduction would be computed again for each broadcast index"), load;
    if (!in_bounds(pool_, load, c_.in)) return refuse("the reduction is read under a condition"), load;
    read_ = true;
    coords_ = n.at;
    at_ = *s;
    return substitute(pool_, p_.post, at_);
  }

  Expr finish(NodeId body, NodeId post) {
    auto renumber = [&](NodeId root) {
      return rewrite(pool_, root, [&](NodeId rebuilt, NodeId) {
        Node n = pool_[rebuilt];
        if (n.kind != Kind::Load || n.operand < operand_) return rebuilt;
        --n.operand;
        return pool_.intern(std::move(n));
      });
    };
    c_.body = renumber(body);
    c_.post = renumber(post);
    c_.in.erase(c_.in.begin() + operand_);
    c_.in.insert(c_.in.end(), p_.in.begin(), p_.in.end());
    eliminate_pinned(c_);
    drop_empty_reduction(c_);
    return close(std::move(c_));
  }

  std::int32_t operand_, operands_;
  Open c_, p_;
  Pool& pool_;
  NodeId whole_ = kNone;  // a producer without reduction: body in post
  bool read_ = false;     // a producer with reduction: where it is read
  SmallVector<Coord, 3> coords_;
  Substitution at_;
};

}  // namespace

std::optional<Expr> fuse(const Expr& consumer, std::int32_t operand, const Expr& producer, std::string* why) {
  Fusion fusion(consumer, operand, producer);
  auto fused = fusion.run();
  if (why) *why = fusion.why;
  return fused;
}

Expr renumber_operands(const Expr& e, const std::vector<std::int32_t>& number) {
  expect(number.size() == e.in.size(), "one new number for each operand");
  std::vector<char> taken(number.size(), 0);
  bool merges = false, renames = false;
  for (std::size_t k = 0; k < number.size(); ++k) {
    renames = renames || number[k] != static_cast<std::int32_t>(k);
    if (number[k] >= 0) merges = std::exchange(taken[static_cast<std::size_t>(number[k])], 1) || merges;
  }
  if (!renames) return e;
  Expr r = e;
  r.in.clear();
  for (std::size_t k = 0; k < number.size(); ++k) {
    if (number[k] < 0) continue;
    auto to = static_cast<std::size_t>(number[k]);
    if (to >= r.in.size()) r.in.resize(to + 1);
    r.in[to] = e.in[k];
  }
  for (Node& n : r.nodes) {
    if (n.kind != Kind::Load) continue;
    n.operand = number[static_cast<std::size_t>(n.operand)];
    expect(n.operand >= 0, "an operand that is read has a number");
  }
  return merges ? close(open(r)) : r;  // loads of operands that were different may have become equal
}

}  // namespace tenon::expr
