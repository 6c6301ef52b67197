#include "loop/transform.h"

namespace tenon::loop {

void unroll(Nest& nest, const std::string& loop) {
  constexpr Dim kMost = 64;
  std::size_t k = nest.find(loop);
  Loop& l = nest.loops[k];
  require(l.kind == LoopKind::Serial, "unroll {}: the loop is already {}", loop, name_of(l.kind));
  require(l.trips <= kMost, "unroll {}: {} trips; split it into at most {} first", loop, l.trips, kMost);
  for (std::size_t inner = k + 1; inner < nest.loops.size(); ++inner)
    require(is_of_tile(nest.loops[inner]), "unroll {}: loop {} inside of it is {}; unroll from the inside", loop,
            nest.loops[inner].name, name_of(nest.loops[inner].kind));
  l.kind = LoopKind::Unrolled;
}

}  // namespace tenon::loop
