#include <algorithm>
#include <map>
#include <set>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

using expr::Cond;
using expr::Kind;

constexpr Dim kShortestRun = 64;  ///< elements of the output that are worth loops of their own

/// A condition on one parallel index and nothing else.
bool is_simple(const Nest& nest, const Cond& c, IndexId first) {
  if (c.e.data != kNone || c.e.at.den != 1 || c.e.at.terms.size() != 1) return false;
  const IndexId index = c.e.at.terms[0].index;
  const auto by_digits = [&](const Access& a) {
    return std::ranges::find(a.digits, index, &Digit::index) != a.digits.end();
  };
  return index >= first && nest.is_parallel(index) && std::ranges::none_of(nest.accesses, by_digits);
}

/// Values of the index from which on the condition changes: it holds between them, or outside of them.
std::vector<Dim> changes(const Cond& c) {
  const Dim k = c.e.at.terms[0].coef, o = c.e.at.offset;
  std::vector<Dim> at;
  if (c.lo > -expr::kInf) at.push_back(k > 0 ? -floor_div(o - c.lo, k) : floor_div(o - c.lo, -k) + 1);
  if (c.hi < expr::kInf) at.push_back(k > 0 ? -floor_div(o - c.hi, k) : floor_div(o - c.hi, -k) + 1);
  return at;
}

void restrict_to(Nest& nest, IndexId index, Dim first, Dim count) {
  for (Affine* a : forms(nest)) a->offset = a->offset + a->coef(index) * first;
  nest.extent[static_cast<std::size_t>(index)] = count;
  for (Loop& l : nest.loops)
    if (l.index == index) l.trips = count;
}

/// Whether it is the same at all points: 1 or 0, or else -1.
int known(const Nest& nest, const Cond& c) {
  if (c.e.data != kNone || c.e.at.den != 1) return -1;
  Dim low = c.e.at.offset, high = low;
  for (const expr::Term& t : c.e.at.terms) {
    const Dim most = t.coef * (nest.extent[static_cast<std::size_t>(t.index)] - 1);
    (most > 0 ? high : low) += most;
  }
  if (low >= c.lo && high < c.hi) return 1;
  return high < c.lo || low >= c.hi ? 0 : -1;
}

/// The branch of a guard that is taken at all points; kNone where both are.
NodeId branch_of(const Nest& nest, const Node& n) {
  if (n.kind != Kind::Guard) return kNone;
  bool all = true;
  for (const Cond& c : n.cond) {
    const int holds = known(nest, c);
    if (holds == 0) return n.args[1];
    all &= holds == 1;
  }
  return all ? n.args[0] : kNone;
}

/// Every node that a node reads.
template <class Visit>
void for_each_read(Node& n, std::vector<Access>& accesses, const Visit& visit) {
  for (NodeId& a : n.args) visit(a);
  for (expr::Coord& c : n.at)
    if (c.data != kNone) visit(c.data);
  for (Cond& c : n.cond)
    if (c.e.data != kNone) visit(c.e.data);
  if (n.kind == Kind::Load)
    for (DataTerm& d : accesses[static_cast<std::size_t>(n.operand)].data) visit(d.value);
}

/// Guards whose branch is known are replaced by it; what nothing reads any more goes.
void simplify(Nest& nest) {
  std::vector<NodeId> same(nest.nodes.size());
  std::set<NodeId> needed;
  for (std::size_t k = 0; k < nest.nodes.size(); ++k) {
    const NodeId branch = branch_of(nest, nest.nodes[k]);
    same[k] = branch == kNone ? static_cast<NodeId>(k) : same[static_cast<std::size_t>(branch)];
  }
  const auto redirect = [&](NodeId& id) { id = same[static_cast<std::size_t>(id)]; };
  redirect(nest.body);
  redirect(nest.post);
  needed = {nest.body, nest.post};
  for (std::size_t k = nest.nodes.size(); k-- > 0;) {
    if (!needed.contains(static_cast<NodeId>(k))) continue;
    for_each_read(nest.nodes[k], nest.accesses, [&](NodeId& id) {
      redirect(id);
      needed.insert(id);
    });
  }
  std::map<NodeId, NodeId> number;
  std::vector<Node> nodes;
  std::vector<Access> accesses;
  for (NodeId id : needed) {
    Node n = nest.node(id);
    for_each_read(n, nest.accesses, [&](NodeId& read) { read = number.at(read); });
    if (n.kind == Kind::Load) {
      accesses.push_back(nest.accesses[static_cast<std::size_t>(n.operand)]);
      n.operand = static_cast<std::int32_t>(accesses.size() - 1);
    }
    number[id] = static_cast<NodeId>(nodes.size());
    nodes.push_back(std::move(n));
  }
  nest.body = number.at(nest.body);
  nest.post = number.at(nest.post);
  nest.nodes = std::move(nodes);
  nest.accesses = std::move(accesses);
}

using Cuts = std::map<IndexId, std::set<Dim>>;

/// Where each index is divided; nothing where that would not pay or make more than `most` parts.
Cuts cuts_of(const Nest& nest, std::size_t most, IndexId first) {
  Cuts cuts;
  if (nest.reduces() || nest.points() == 0) return cuts;
  for (const Node& n : nest.nodes) {
    if (n.kind != Kind::Guard) continue;
    for (const Cond& c : n.cond)
      if (is_simple(nest, c, first))
        for (Dim at : changes(c))
          if (const IndexId i = c.e.at.terms[0].index; at > 0 && at < nest.extent[static_cast<std::size_t>(i)])
            cuts[i].insert(at);
  }
  std::erase_if(cuts, [&](const auto& cut) {
    const Dim run = nest.extent[static_cast<std::size_t>(cut.first)] * nest.out_offset.coef(cut.first);
    return run / static_cast<Dim>(cut.second.size() + 1) < kShortestRun;
  });
  std::size_t count = 1;
  for (const auto& [index, at] : cuts) count *= at.size() + 1;
  return count > most ? Cuts() : cuts;
}

}  // namespace

IndexId first_cut(const Nest& nest, std::size_t most) {
  const Cuts cuts = cuts_of(nest, most, 0);
  return cuts.empty() ? kNone : cuts.begin()->first;
}

std::vector<Nest> partition(const Nest& nest, std::size_t most, IndexId first) {
  for (const Loop& l : nest.loops)
    require(l.step == 1 && l.kind == LoopKind::Serial, "partition: loop {} is already transformed", l.name);
  require(nest.packs.empty() && nest.hoists.empty(), "partition: values are already kept for some of the loops");
  std::vector<Nest> parts{nest};
  Cuts cuts = cuts_of(nest, most, first);
  if (cuts.empty()) return parts;
  for (auto& [index, at] : cuts) {
    at.insert(nest.extent[static_cast<std::size_t>(index)]);
    std::vector<Nest> divided;
    for (const Nest& whole : parts) {
      Dim begin = 0;
      for (Dim end : at) {
        divided.push_back(whole);
        restrict_to(divided.back(), index, begin, end - begin);
        begin = end;
      }
    }
    parts = std::move(divided);
  }
  for (Nest& part : parts) simplify(part);
  return parts;
}

}  // namespace tenon::loop
