#include <bit>

#include "loop/transform.h"

namespace tenon::loop {

void vectorize(Nest& nest, const std::string& loop) {
  std::size_t k = nest.find(loop);
  Loop& l = nest.loops[k];
  require(l.kind == LoopKind::Serial, "vectorize {}: the loop is already {}", loop, name_of(l.kind));
  require(k + 1 + (nest.dot_loop() ? 1 : 0) == nest.loops.size(),
          "vectorize {}: loop {} is inside of it; only the innermost can be vectorized", loop, nest.loops.back().name);
  require(l.step == 1 && l.trips > 1 && l.trips <= 64 && std::has_single_bit(static_cast<std::uint64_t>(l.trips)),
          "vectorize {}: {} trips of step {}; a power of two from 2 to 64 trips of step 1 is needed, split it first",
          loop, l.trips, l.step);
  if (nest.scatter && !nest.is_parallel(l.index))
    fail(
        "vectorize {}: where {} names one position in several trips, their lanes would add to the same element at once",
        loop, formula_of(nest, nest.scatter->positions[0].index));
  l.kind = LoopKind::Vector;
}

}  // namespace tenon::loop
