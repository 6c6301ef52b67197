#include <algorithm>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

/// Makes room for an index in front of number `at`, along which nothing varies yet.
void insert_index(Nest& nest, IndexId at) {
  const auto later = [&](IndexId i) { return i + (i >= at); };
  for (Affine* a : forms(nest))
    for (expr::Term& t : a->terms) t.index = later(t.index);
  for (Access& a : nest.accesses)
    for (Digit& d : a.digits) d.index = later(d.index);
  for (Digit& d : nest.out_digits) d.index = later(d.index);
  if (nest.scatter)
    for (Scatter::Position& p : nest.scatter->positions) p.target = later(p.target);
  for (Loop& l : nest.loops) l.index = later(l.index);
  if (nest.is_parallel(at)) ++nest.parallel;
}

}  // namespace

void divide(Nest& nest, const std::string& loop, Dim parts, const std::string& outer) {
  const std::size_t k = nest.find(loop);
  const Loop whole = nest.loops[k];
  const IndexId index = whole.index;
  const Dim extent = nest.extent[static_cast<std::size_t>(index)];
  require(whole.trips == extent && whole.step == 1 && whole.kind == LoopKind::Serial && nest.packs.empty() &&
              nest.hoists.empty(),
          "divide {}: it is already transformed", loop);
  require(parts > 0 && extent % parts == 0, "divide {}: {} trips are not {} equal parts", loop, extent, parts);
  require(std::ranges::find(nest.names, outer) == nest.names.end(), "divide {}: there is already an index {}", loop,
          outer);
  const bool by_digits = std::ranges::any_of(nest.accesses, [&](const Access& a) {
    return std::ranges::find(a.digits, index, &Digit::index) != a.digits.end();
  });
  require(!by_digits, "divide {}: the digits of its index say where an operand lies", loop);
  require(std::ranges::find(nest.out_digits, index, &Digit::index) == nest.out_digits.end(),
          "divide {}: the digits of its index say where the output lies", loop);
  require(!nest.scatter || !nest.scatter->aims_at(index), "divide {}: data says which of its trips are written", loop);

  const Dim size = extent / parts;
  insert_index(nest, index);
  for (Affine* a : forms(nest)) {
    const auto at = std::ranges::find(a->terms, index + 1, &expr::Term::index);
    if (at != a->terms.end()) a->terms.insert(at, {index, at->coef * size});
  }
  const auto i = static_cast<std::ptrdiff_t>(index);
  nest.names.insert(nest.names.begin() + i, outer);
  nest.extent.insert(nest.extent.begin() + i, parts);
  nest.extent[static_cast<std::size_t>(index) + 1] = size;
  nest.loops[k].trips = size;
  Loop around = whole;
  around.name = outer, around.index = index, around.trips = parts;
  nest.loops.insert(nest.loops.begin() + static_cast<std::ptrdiff_t>(k), around);
}

}  // namespace tenon::loop
