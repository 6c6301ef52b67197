#include <algorithm>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

void erase_index(Nest& nest, IndexId gone) {
  auto at = static_cast<std::ptrdiff_t>(gone);
  nest.names.erase(nest.names.begin() + at);
  nest.extent.erase(nest.extent.begin() + at);
  if (gone < nest.parallel) --nest.parallel;
  for (Affine* a : forms(nest)) {
    Affine kept(a->offset);
    for (const expr::Term& t : a->terms)
      if (t.index != gone) kept.terms.push_back({t.index - (t.index > gone), t.coef});
    kept.den = a->den;
    *a = kept;
  }
  for (Access& a : nest.accesses) {
    Digits kept;
    for (const Digit& d : a.digits)
      if (d.index != gone) kept.push_back({d.index - (d.index > gone), d.radix, d.limit, d.stride});
    a.digits = kept;
  }
  if (nest.scatter)
    for (Scatter::Position& p : nest.scatter->positions) p.target -= p.target > gone;
  std::erase_if(nest.loops, [&](const Loop& l) { return l.index == gone; });
  for (Loop& l : nest.loops) l.index -= l.index > gone;
}

bool is_target(const Nest& nest, IndexId i) { return nest.scatter && nest.scatter->aims_at(i); }

bool walked_as_one(Nest& nest, IndexId outer, IndexId inner) {
  if (nest.is_parallel(outer) != nest.is_parallel(inner) || is_target(nest, outer) || is_target(nest, inner))
    return false;
  for (const Access& a : nest.accesses)
    for (const Digit& d : a.digits)
      if (d.index == outer || d.index == inner) return false;
  Dim extent = nest.extent[static_cast<std::size_t>(inner)];
  for (Affine* a : forms(nest)) {
    if (a == &nest.position && !nest.finds_position()) continue;
    if (a->coef(outer) != a->coef(inner) * extent) return false;
  }
  return true;
}

void join(Nest& nest, IndexId outer, IndexId inner) {
  auto o = static_cast<std::size_t>(outer), i = static_cast<std::size_t>(inner);
  nest.extent[i] *= nest.extent[o];
  nest.names[i] = nest.names[o] + nest.names[i];
  for (Loop& l : nest.loops)
    if (l.index == inner) l.trips = nest.extent[i], l.name = nest.names[i];
  erase_index(nest, outer);
}

bool join_a_pair(Nest& nest, IndexId first) {
  for (IndexId outer = first; outer < nest.indices(); ++outer)
    for (IndexId inner = first; inner < nest.indices(); ++inner) {
      if (outer == inner || !walked_as_one(nest, outer, inner)) continue;
      join(nest, outer, inner);
      return true;
    }
  return false;
}

}  // namespace

void collapse(Nest& nest, std::int32_t rows) {
  require(nest.packs.empty() && nest.hoists.empty(), "collapse: values are already kept for some of the loops");
  for (const Loop& l : nest.loops)
    require(l.step == 1 && l.kind == LoopKind::Serial, "collapse: loop {} is already transformed", l.name);
  if (nest.points() == 0) return;
  for (IndexId i = nest.indices(); i-- > 0;)
    if (nest.extent[static_cast<std::size_t>(i)] == 1 && !is_target(nest, i)) erase_index(nest, i);
  while (join_a_pair(nest, rows)) {
  }
}

std::int32_t join_rows(std::span<Nest> nests, std::int32_t rows) {
  for (IndexId outer = rows - 1; outer-- > 0;) {
    if (!std::ranges::all_of(nests, [&](Nest& nest) { return walked_as_one(nest, outer, outer + 1); })) continue;
    for (Nest& nest : nests) join(nest, outer, outer + 1);
    --rows;
  }
  return rows;
}

}  // namespace tenon::loop
