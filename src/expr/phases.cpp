// A form that must be an integer splits the domain by residues into dense expressions.
#include <algorithm>
#include <map>
#include <numeric>

#include "expr/analyse.h"
#include "expr/sums.h"

namespace tenon::expr {

namespace {

constexpr i64 kMostPhases = 256;

/// By how much each index steps inside of one phase.
using Steps = std::map<IndexId, i64>;

class Splitter {
 public:
  explicit Splitter(const Expr& e) : o_(open(e)), pool_(o_.p()) {
    if (o_.reducer == Reducer::Sum || o_.reducer == Reducer::None) o_.body = tidy(pool_, hoist_guards(pool_, o_.body));
    find_steps();
  }

  std::vector<Phase> run() {
    std::vector<Phase> all;
    if (steps_.empty()) return all;
    i64 phases = 1;
    for (IndexId i : o_.parallel()) phases *= residues(i);
    for (IndexId i : o_.red) phases *= residues(i);
    if (phases > kMostPhases) return all;
    std::map<IndexId, i64> residue;
    do all.push_back(phase(residue));
    while (advance(residue, o_.parallel()));
    return all;
  }

 private:
  i64 step(IndexId i) const {
    auto it = steps_.find(i);
    return it == steps_.end() ? 1 : it->second;
  }
  i64 residues(IndexId i) const { return std::min<i64>(step(i), std::max<i64>(pool_.extent(i), 1)); }

  bool advance(std::map<IndexId, i64>& residue, const std::vector<IndexId>& indices) const {
    for (IndexId i : indices) {
      if (step(i) == 1) continue;
      if (++residue[i] < residues(i)) return true;
      residue[i] = 0;
    }
    return false;
  }

  bool is_neutral(NodeId id) const {
    const Node& n = pool_[id];
    return n.kind == Kind::Const && (o_.reducer == Reducer::None || n.value == identity_of(o_.reducer, o_.accumulate));
  }

  /// Only conditions in front of the whole body let points be left out.
  void find_steps() {
    const Node& body = pool_[o_.body];
    if (body.kind != Kind::Guard || !is_neutral(body.args[1])) return;
    for (const Cond& c : body.cond)
      if (c.e.at.den > 1 && c.e.data == kNone) {
        Affine a = c.e.at;
        for (const Term& t : a.terms) {
          if (!t.coef.is_constant() || !pool_.extent(t.index).is_constant()) return steps_.clear();
          i64 s = a.den / std::gcd(a.den, t.coef.value());
          if (s > 1) steps_[t.index] = std::lcm(step(t.index), s);
        }
        if (!a.offset.is_constant()) return steps_.clear();
      }
  }

  /// The indices in steps, from these residues on.
  Substitution at(const std::map<IndexId, i64>& residue, const std::vector<IndexId>& indices,
                  std::map<IndexId, IndexId>& renamed) {
    Substitution to;
    for (IndexId i : indices) {
      if (step(i) == 1) continue;
      auto it = residue.find(i);
      i64 from = it == residue.end() ? 0 : it->second, extent = pool_.extent(i);
      IndexId part = pool_.fresh(pool_.index(i).name, extent <= from ? 0 : (extent - from - 1) / step(i) + 1);
      renamed[i] = part;
      to[i] = {Affine::of(part, step(i)) + Affine(from)};
    }
    return to;
  }

  bool is_dead(NodeId body) const {
    const Node& n = pool_[body];
    return is_neutral(body) ||
           (n.kind == Kind::Guard && is_neutral(n.args[1]) &&
            std::ranges::any_of(n.cond, [](const Cond& c) { return c.e.data == kNone && never_integer(c.e.at); }));
  }

  Phase phase(const std::map<IndexId, i64>& residue) {
    Phase p;
    Open part = o_;
    std::map<IndexId, IndexId> renamed;
    Substitution outer = at(residue, o_.parallel(), renamed);
    for (auto& group : part.out)
      for (IndexId& i : group) {
        auto it = residue.find(i);
        p.place.push_back({step(i), it == residue.end() ? 0 : it->second});
        if (renamed.count(i)) i = renamed.at(i);
      }
    part.body = substitute(pool_, o_.body, outer);
    part.post = substitute(pool_, o_.post, outer);
    reduce_densely(part);
    p.e = close(std::move(part));
    return p;
  }

  /// Keeps the one choice of residues of the reduction under which anything is left; of several choices none is made.
  void reduce_densely(Open& part) {
    std::vector<std::pair<NodeId, std::map<IndexId, IndexId>>> alive;
    std::map<IndexId, i64> residue;
    do {
      std::map<IndexId, IndexId> renamed;
      NodeId body = tidy(pool_, substitute(pool_, part.body, at(residue, o_.red, renamed)));
      if (!is_dead(body)) alive.push_back({body, std::move(renamed)});
    } while (alive.size() < 2 && advance(residue, o_.red));
    if (alive.size() > 1) return;
    if (alive.empty()) {
      part.body = pool_[o_.body].args[1];
      part.reducer = Reducer::None;
      part.red.clear();
      return;
    }
    part.body = alive[0].first;
    for (IndexId& i : part.red)
      if (alive[0].second.count(i)) i = alive[0].second.at(i);
    drop_empty_reduction(part);
  }

  Open o_;
  Pool& pool_;
  Steps steps_;
};

}  // namespace

std::vector<Phase> phases(const Expr& e) {
  if (!e.is_concrete()) return {};
  bool position = e.reducer == Reducer::ArgMax || e.reducer == Reducer::ArgMin;
  return position ? std::vector<Phase>{} : Splitter(e).run();
}

namespace {

/// Reads each element of the whole from the phase where it lies.
class Interleaver {
 public:
  Interleaver(const Expr& e, const std::vector<Phase>& phases) : phases_(phases), whole_(e.domain) {
    for (const Phase& p : phases) o_.in.push_back(p.e.type());
    o_.pool = std::make_shared<Pool>();
    for (std::size_t i = 0; i < phases[0].place.size(); ++i)
      fits_ &= whole_.extent[i].value() % phases[0].place[i].step == 0;
    std::size_t i = 0;
    for (std::int32_t joined : whole_.out) {
      auto& group = o_.out.emplace_back();
      for (std::int32_t k = 0; k < joined; ++k, ++i) add_index(i, group);
    }
  }

  Expr run() {
    Pool& pool = o_.p();
    NodeId value = fits_ ? read(phases_.size() - 1) : pool.zero(o_.in[0].dtype);
    for (std::size_t p = phases_.size() - (fits_ ? 1 : 0); p-- > 0;) value = pool.guard(lies_in(p), read(p), value);
    o_.body = value;
    o_.accumulate = pool[value].dtype;
    o_.post = pool.acc(o_.accumulate);
    return close(std::move(o_));
  }

 private:
  /// Where phases fit, an index becomes (position in the phase, phase).
  void add_index(std::size_t i, std::vector<IndexId>& group) {
    Pool& pool = o_.p();
    i64 step = phases_[0].place[i].step, extent = whole_.extent[i];
    IndexId outer = pool.fresh("t", fits_ ? extent / step : extent);
    group.push_back(outer);
    IndexId inner = fits_ && step > 1 ? pool.fresh("f", step) : kNone;
    if (inner != kNone) group.push_back(inner);
    index_.push_back({outer, inner});
  }

  /// The position inside of the phase, and where the element lies in it.
  Affine position(std::size_t i, const Phase::Place& place) const {
    Affine t = Affine::of(index_[i].first);
    return index_[i].second != kNone || place.step == 1 ? t : exact_div(t - Affine(place.from), place.step);
  }

  Conds lies_in(std::size_t p) const {
    Conds all;
    for (std::size_t i = 0; i < index_.size(); ++i) {
      const Phase::Place& place = phases_[p].place[i];
      if (place.step == 1) continue;
      if (index_[i].second != kNone)
        all.push_back({{Affine::of(index_[i].second)}, place.from, place.from + 1});
      else
        all.push_back({{position(i, place)}, 0, phases_[p].e.domain.extent[i]});
    }
    return all;
  }

  NodeId read(std::size_t p) {
    SmallVector<Coord, 3> at;
    std::size_t i = 0;
    for (std::int32_t joined : whole_.out) {
      Affine a;
      for (std::int32_t k = 0; k < joined; ++k, ++i)
        a = a * phases_[p].e.domain.extent[i] + position(i, phases_[p].place[i]);
      at.push_back({std::move(a)});
    }
    return o_.p().load(static_cast<std::int32_t>(p), o_.in[p].dtype, std::move(at));
  }

  const std::vector<Phase>& phases_;
  const Domain& whole_;
  Open o_;
  std::vector<std::pair<IndexId, IndexId>> index_;
  bool fits_ = true;  ///< every phase has as many elements
};

}  // namespace

Expr interleave(const Expr& e, const std::vector<Phase>& phases) {
  expect(!phases.empty(), "there are phases to interleave");
  return Interleaver(e, phases).run();
}

}  // namespace tenon::expr
