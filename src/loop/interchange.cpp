#include <algorithm>

#include "loop/transform.h"

namespace tenon::loop {

void interchange(Nest& nest, const std::string& loop, const std::string& after) {
  std::size_t from = nest.find(loop), to = after.empty() ? nest.given() : nest.find(after) + 1;
  require(loop != after, "interchange {}: a loop cannot stand inside of itself", loop);
  require(from >= nest.given() && to >= nest.given(), "interchange {}: given loops keep their place", loop);
  std::size_t low = std::min(from, to), high = std::max(from + 1, to);
  const Loop moved = nest.loops[from];
  for (std::size_t k = low; k < high; ++k) {
    const Loop& passed = nest.loops[k];
    if (k == from) continue;
    require(passed.index != moved.index, "interchange {}: {} is a part of the same index, and parts keep their order",
            loop, passed.name);
    require(passed.kind == moved.kind || (passed.kind != LoopKind::Parallel && passed.kind != LoopKind::Vector &&
                                          moved.kind != LoopKind::Parallel && moved.kind != LoopKind::Vector),
            "interchange {}: it cannot pass {}, which is {}", loop, passed.name, name_of(passed.kind));
  }
  nest.loops.erase(nest.loops.begin() + static_cast<std::ptrdiff_t>(from));
  if (from < to) --to;
  nest.loops.insert(nest.loops.begin() + static_cast<std::ptrdiff_t>(to), moved);
}

}  // namespace tenon::loop
