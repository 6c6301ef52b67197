#include <algorithm>
#include <limits>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

/// Where the trips of `loop` end: at the step of the next loop outside over the same index.
Dim limit_of(const Nest& nest, std::size_t loop) {
  for (std::size_t k = loop; k-- > 0;)
    if (nest.loops[k].index == nest.loops[loop].index) return nest.loops[k].step;
  return std::numeric_limits<Dim>::max();
}

}  // namespace

bool is_unconditional(const Nest& nest, NodeId root, NodeId value) {
  std::vector<NodeId> todo{root};
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    if (id == value) return true;
    const Node& n = nest.node(id);
    if (n.kind == expr::Kind::Apply || n.kind == expr::Kind::Cast)
      todo.insert(todo.end(), n.args.begin(), n.args.end());
  }
  return false;
}

void pack(Nest& nest, NodeId value, const std::string& at, const std::vector<std::string>& layout, Dim padding) {
  const std::size_t first = nest.inside_of(at);
  require(!nest.scatter, "pack at {}: a scatter reads each of its updates once", at);
  require(first <= nest.first_reduction(), "pack at {}: the loop is part of a reduction that is held in registers", at);
  require(is_unconditional(nest, nest.body, value), "pack at {}: the value is not computed at every point", at);
  require(padding >= 0 && !layout.empty(), "pack at {}: no loops to lie along", at);
  const std::uint64_t varies = dependences(nest)[static_cast<std::size_t>(value)];
  for (std::size_t k = first; k < nest.loops.size(); ++k) {
    const Loop& l = nest.loops[k];
    const bool named = std::ranges::find(layout, l.name) != layout.end();
    require(named || !(varies >> l.index & 1), "pack at {}: the value varies along loop {}, which the layout lacks", at,
            l.name);
  }
  for (const Access* a : accesses_of(nest, value))
    for (const Pack& p : nest.packs)
      require(p.operand != a->operand || nest.inside_of(p.at) <= first,
              "pack at {}: the value reads in{}, which is copied at {}, inside of it", at, p.operand, p.at);
  const std::string home = at.empty() && first > 0 ? nest.loops[first - 1].name : at;
  Pack p{home, kNone, static_cast<std::int32_t>(nest.in.size()), {}, {}, 1};
  for (std::size_t k = layout.size(); k-- > 0;) {
    const std::size_t found = nest.find(layout[k]);
    Loop l = nest.loops[found];
    require(found >= first, "pack at {}: loop {} is not inside of it", at, l.name);
    for (std::size_t inner = k + 1; inner < layout.size(); ++inner) {
      const std::size_t other = nest.find(layout[inner]);
      require(nest.loops[other].index != l.index || other > found,
              "pack at {}: {} is a part of the same index as {}, and parts keep their order", at, l.name,
              layout[inner]);
    }
    l.kind = LoopKind::Serial;
    Loop* inner = p.loops.empty() ? nullptr : &p.loops.front();
    if (inner && inner->index == l.index && inner->trips * inner->step == l.step) {
      // One run of both.
      p.elements *= l.trips;
      p.digits.back().limit = limit_of(nest, found);
      const bool is_outermost = p.digits.back().limit == std::numeric_limits<Dim>::max();
      const Dim all = is_outermost ? nest.extent[static_cast<std::size_t>(l.index)] : p.digits.back().limit;
      inner->name = l.name, inner->trips = (all + inner->step - 1) / inner->step;
      continue;
    }
    if (p.loops.size() == 1) p.elements += padding;
    p.digits.push_back({l.index, l.step, limit_of(nest, found), p.elements});
    p.elements *= l.trips;
    p.loops.insert(p.loops.begin(), std::move(l));
  }
  // The value becomes a load of the copy; what it was follows all that it reads.
  Node original = nest.node(value);
  Node& load = nest.nodes[static_cast<std::size_t>(value)];
  load = Node{};
  load.kind = expr::Kind::Load;
  load.dtype = original.dtype;
  load.operand = static_cast<std::int32_t>(nest.accesses.size());
  nest.accesses.push_back({p.operand, Affine(0), {}, p.digits});
  nest.in.push_back({original.dtype, {p.elements}});
  p.value = static_cast<NodeId>(nest.nodes.size());
  nest.nodes.push_back(std::move(original));
  nest.packs.push_back(std::move(p));
}

Nest copy_of(const Nest& nest, const Pack& p) {
  Nest copy = nest;
  copy.packs.clear();
  copy.prefetches.clear();
  copy.ahead.clear();
  copy.hoists.clear();
  copy.promoted.reset();
  copy.streams = false;
  copy.parallel = copy.indices();
  copy.reducer = expr::Reducer::None;
  copy.body = p.value;
  copy.out = copy.accumulate = nest.node(p.value).dtype;
  if (Node& load = copy.nodes[static_cast<std::size_t>(p.value)];
      load.kind == expr::Kind::Load && is_float(copy.out) && bits_of(copy.out) <= 16) {
    // Bits, which need no conversion.
    const auto from = static_cast<std::size_t>(copy.accesses[static_cast<std::size_t>(load.operand)].operand);
    load.dtype = copy.in[from].dtype = copy.accumulate = bits_of(copy.out) == 16 ? DType::I16 : DType::I8;
    copy.out = copy.accumulate;
  }
  copy.post = static_cast<NodeId>(copy.nodes.size());
  Node acc;
  acc.kind = expr::Kind::Acc;
  acc.dtype = copy.out;
  copy.nodes.push_back(std::move(acc));
  copy.out_offset = copy.position = Affine(0);
  copy.out_digits = p.digits;
  copy.loops.resize(nest.inside_of(p.at));
  for (Loop& l : copy.loops) l.kind = LoopKind::Given;
  for (Loop l : p.loops) {
    // A loop may have gone outwards since, and gives its name to what is copied in one trip of it.
    while (std::ranges::find(copy.loops, l.name, &Loop::name) != copy.loops.end()) l.name += ".p";
    copy.loops.push_back(std::move(l));
  }
  return copy;
}

}  // namespace tenon::loop
