#include "loop/transform.h"

namespace tenon::loop {

void split(Nest& nest, const std::string& loop, Dim factor, const std::string& inner) {
  std::size_t k = nest.find(loop);
  Loop& outer = nest.loops[k];
  require(factor >= 1, "split {}: the factor must be positive, given {}", loop, factor);
  require(outer.kind == LoopKind::Serial, "split {}: the loop is already {}", loop, name_of(outer.kind));
  for (const Loop& l : nest.loops) require(l.name != inner, "split {}: there is already a loop {}", loop, inner);
  Loop part = outer;
  part.name = inner;
  part.trips = factor;
  outer.step *= factor;
  outer.trips = (outer.trips + factor - 1) / factor;
  nest.loops.insert(nest.loops.begin() + static_cast<std::ptrdiff_t>(k) + 1, std::move(part));
}

}  // namespace tenon::loop
