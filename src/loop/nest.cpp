#include <algorithm>
#include <utility>

#include "loop/transform.h"

namespace tenon::loop {

std::string_view name_of(LoopKind kind) {
  constexpr std::string_view names[] = {"serial", "parallel", "unrolled", "vector", "given", "dot"};
  return names[static_cast<std::size_t>(kind)];
}

bool is_of_tile(const Loop& l) {
  return l.kind == LoopKind::Unrolled || l.kind == LoopKind::Vector || l.kind == LoopKind::Dot;
}

std::size_t Nest::find(const std::string& loop) const {
  std::string known;
  for (std::size_t k = 0; k < loops.size(); ++k) {
    if (loops[k].name == loop) return k;
    known += (k ? ", " : "") + loops[k].name;
  }
  fail("there is no loop {}; the loops are {}", loop, known);
}

std::size_t Nest::inside_of(const std::string& loop) const { return loop.empty() ? given() : find(loop) + 1; }

std::size_t Nest::tile() const {
  std::size_t k = loops.size();
  while (k > 0 && is_of_tile(loops[k - 1])) --k;
  return k;
}

std::size_t Nest::first_reduction() const {
  std::size_t k = tile();
  while (k > 0 && !is_parallel(loops[k - 1].index)) --k;
  return k;
}

bool Nest::reduces_in_blocks() const {
  return std::any_of(loops.begin(), loops.begin() + static_cast<std::ptrdiff_t>(first_reduction()),
                     [&](const Loop& l) { return !is_parallel(l.index); });
}

std::size_t Nest::given() const {
  auto it = std::ranges::find_if(loops, [](const Loop& l) { return l.kind != LoopKind::Given; });
  return static_cast<std::size_t>(it - loops.begin());
}

const Loop* Nest::vector_loop() const {
  const std::size_t inside = dot_loop() ? 1 : 0;
  if (loops.size() <= inside) return nullptr;
  const Loop& last = loops[loops.size() - 1 - inside];
  return last.kind == LoopKind::Vector ? &last : nullptr;
}

const Loop* Nest::dot_loop() const {
  return !loops.empty() && loops.back().kind == LoopKind::Dot ? &loops.back() : nullptr;
}

Dim Nest::points() const {
  Dim n = 1;
  for (Dim e : extent) n *= e;
  return n;
}

Dim Nest::out_points() const {
  Dim n = 1;
  for (IndexId i = 0; i < parallel; ++i) n *= extent[static_cast<std::size_t>(i)];
  return n;
}

std::uint64_t indices_of(const Affine& a) {
  std::uint64_t set = 0;
  for (const expr::Term& t : a.terms) set |= std::uint64_t{1} << t.index;
  return set;
}

std::uint64_t indices_of(const Digits& digits) {
  std::uint64_t set = 0;
  for (const Digit& d : digits) set |= std::uint64_t{1} << d.index;
  return set;
}

Dim step_of(const Affine& offset, const Digits& digits, const Loop& l) {
  Dim step = offset.coef(l.index) * l.step;
  for (const Digit& d : digits)
    if (d.index == l.index && d.radix <= l.step && l.step < d.limit) step += d.stride * (l.step / d.radix);
  return step;
}

std::vector<std::uint64_t> dependences(const Nest& nest) {
  std::vector<std::uint64_t> set(nest.nodes.size(), 0);
  auto of = [&](NodeId id) { return id == kNone ? 0 : set[static_cast<std::size_t>(id)]; };
  for (std::size_t k = 0; k < nest.nodes.size(); ++k) {
    const Node& n = nest.nodes[k];
    std::uint64_t s = 0;
    for (NodeId a : n.args) s |= of(a);
    for (const expr::Coord& c : n.at) s |= indices_of(c.at) | of(c.data);
    for (const expr::Cond& c : n.cond) s |= indices_of(c.e.at) | of(c.e.data);
    if (n.kind == expr::Kind::Acc) s |= (std::uint64_t{1} << nest.parallel) - 1;
    if (n.kind == expr::Kind::Load) {
      const Access& a = nest.accesses[static_cast<std::size_t>(n.operand)];
      // A copy is another one in each trip.
      for (const Pack& p : nest.packs)
        if (p.operand == a.operand && !p.at.empty()) s |= std::uint64_t{1} << nest.loops[nest.find(p.at)].index;
      s |= indices_of(a.offset) | indices_of(a.digits);
      for (const DataTerm& d : a.data) s |= of(d.value) | indices_of(d.at);
    }
    set[k] = s;
  }
  return set;
}

std::vector<const Access*> accesses_of(const Nest& nest, NodeId root) {
  std::vector<char> seen(nest.nodes.size(), 0);
  std::vector<NodeId> todo{root};
  std::vector<const Access*> made;
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    if (id == kNone || std::exchange(seen[static_cast<std::size_t>(id)], 1)) continue;
    const Node& n = nest.node(id);
    todo.insert(todo.end(), n.args.begin(), n.args.end());
    for (const expr::Coord& c : n.at) todo.push_back(c.data);
    for (const expr::Cond& c : n.cond) todo.push_back(c.e.data);
    if (n.kind != expr::Kind::Load) continue;
    made.push_back(&nest.accesses[static_cast<std::size_t>(n.operand)]);
    for (const DataTerm& d : made.back()->data) todo.push_back(d.value);
  }
  return made;
}

std::vector<Affine*> forms(Nest& nest) {
  std::vector<Affine*> all{&nest.out_offset, &nest.position};
  for (Node& n : nest.nodes) {
    for (expr::Coord& c : n.at) all.push_back(&c.at);
    for (expr::Cond& c : n.cond) all.push_back(&c.e.at);
  }
  for (Access& a : nest.accesses) {
    all.push_back(&a.offset);
    for (DataTerm& d : a.data) all.push_back(&d.at);
  }
  if (nest.scatter) {
    for (Scatter::Position& p : nest.scatter->positions) all.push_back(&p.at);
    for (expr::Cond& c : nest.scatter->cond) all.push_back(&c.e.at);
  }
  return all;
}

namespace {

void check_index(const Nest& nest, IndexId index, bool is_used) {
  const std::string& name = nest.names[static_cast<std::size_t>(index)];
  const Loop* outer = nullptr;
  Dim extent = nest.extent[static_cast<std::size_t>(index)];
  for (const Loop& l : nest.loops) {
    if (l.index != index) continue;
    // A loop may end its inner ones early, but not one of the tile, whose points stand side by side.
    const bool fits = !outer || (is_of_tile(*outer) ? outer->step == l.trips * l.step
                                                    : l.trips == (outer->step + l.step - 1) / l.step);
    require(fits, "loops {} and {} of index {} do not fit: {} trips of {} in {}", outer ? outer->name : "", l.name,
            name, l.trips, l.step, outer ? outer->step : 0);
    require(outer || l.trips == (extent + l.step - 1) / l.step, "loop {} makes {} trips of {} over {} values of {}",
            l.name, l.trips, l.step, extent, name);
    outer = &l;
  }
  const bool unlooped = (nest.scatter && nest.scatter->aims_at(index)) || !is_used;
  require(unlooped || (outer && outer->step == 1), "the loops of index {} do not reach each of its values", name);
}

/// Loops step by whole values of a digit, or make trips inside of one.
void check_digits(const Nest& nest, const Digits& digits) {
  for (const Digit& d : digits)
    for (const Loop& l : nest.loops) {
      if (l.index != d.index) continue;
      // Its trips end where the loop around it does.
      const Dim last = (l.trips - 1) * l.step;
      const bool fits = l.step < d.radix    ? last < d.radix
                        : l.step >= d.limit ? l.step % d.limit == 0
                                            : l.step % d.radix == 0 && last < d.limit;
      require(fits, "loop {}, {} trips of {}, does not fit digits {} to {}", l.name, l.trips, l.step, d.radix, d.limit);
    }
}

void check_blocks(const Nest& nest, std::size_t first) {
  const Loop* block = nullptr;
  for (std::size_t k = 0; k < first && !block; ++k)
    if (!nest.is_parallel(nest.loops[k].index)) block = &nest.loops[k];
  if (!block) return;
  const std::string& inner = nest.loops[first - 1].name;
  const std::string why = fmt::format(
      "loop {} inside of the reduction loop {} would keep its reduced values in memory, since each trip of {} goes on "
      "with what the trip before has left for all trips of {}",
      inner, block->name, block->name, inner);
  const std::string lacks = nest.scatter            ? "a scatter adds to the output itself"
                            : nest.finds_position() ? "the output holds positions, not the extremes found so far"
                            : nest.out != nest.accumulate
                                ? fmt::format("the output is {}, they are {}", nest.out, nest.accumulate)
                                : "";
  require(lacks.empty(), "{}: {}; unroll or vectorize {}", why, lacks, inner);
  for (std::size_t k = first; k < nest.loops.size(); ++k)
    require(nest.is_parallel(nest.loops[k].index) || !is_of_tile(nest.loops[k]) || &nest.loops[k] == nest.dot_loop(),
            "{}, of which the tile's loop {} makes several", why, nest.loops[k].name);
}

void check_copy(const Nest& nest, const Pack& p) {
  try {
    check(copy_of(nest, p));
  } catch (const Error& e) {
    fail("in{}, a copy of {} made at {}, does not hold what is read of it: {}", p.operand, formula_of(nest, p.value),
         p.at.empty() ? "the outside" : p.at, e.what());
  }
}

}  // namespace

void check(const Nest& nest) {
  require(nest.extent.size() <= 64, "an expression of {} indices; 64 are possible", nest.extent.size());
  const std::vector<std::uint64_t> uses = dependences(nest);
  const std::uint64_t used = nest.reduces() ? ~std::uint64_t{0}
                                            : uses[static_cast<std::size_t>(nest.body)] | indices_of(nest.out_offset) |
                                                  indices_of(nest.out_digits);
  for (IndexId i = 0; i < nest.indices(); ++i) check_index(nest, i, used >> i & 1);
  std::size_t tile = nest.tile(), reduction = nest.first_reduction();
  for (std::size_t k = 0; k < nest.loops.size(); ++k) {
    const Loop& l = nest.loops[k];
    require(!is_of_tile(l) || k >= tile, "loop {} is {}, but loop {} inside of it is not", l.name, name_of(l.kind),
            tile > 0 ? nest.loops[tile - 1].name : "");
    require(l.kind != LoopKind::Vector || &l == nest.vector_loop(), "the vector loop {} is not innermost", l.name);
    require(l.kind != LoopKind::Dot || (&l == nest.dot_loop() && nest.vector_loop()),
            "the loop {} of dot products is not inside of a vector loop", l.name);
    require(l.kind != LoopKind::Parallel || k == 0, "the parallel loop {} is not outermost", l.name);
    require(l.kind != LoopKind::Given || (k < nest.given() && nest.is_parallel(l.index)),
            "the given loop {} is not outermost, or not over a parallel index", l.name);
  }
  check_blocks(nest, reduction);
  for (NodeId root : {nest.body, nest.post})
    for (const Access* a : accesses_of(nest, root)) check_digits(nest, a->digits);
  check_digits(nest, nest.out_digits);
  for (const Pack& p : nest.packs) {
    require(nest.inside_of(p.at) <= reduction,
            "the copy made at loop {} stands inside of a reduction, whose values are held in registers", p.at);
    check_copy(nest, p);
  }
  for (const Prefetch& p : nest.prefetches)
    require(nest.find(p.loop) < std::min(tile, reduction), "loop {}, which fetches ahead, is not outside of the tile",
            p.loop);
  for (const Hoist& h : nest.hoists) check_hoist(nest, h);
  if (nest.promoted) check_promoted(nest, *nest.promoted);
}

}  // namespace tenon::loop
