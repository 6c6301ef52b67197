#include <algorithm>
#include <string_view>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

/// Why loops of other kinds may not stand on its other side; empty where they may.
std::string_view why_fixed(LoopKind kind) {
  if (kind == LoopKind::Parallel) return "and threads run its trips at once, each with all loops inside to the end";
  if (kind == LoopKind::Vector) return "and the lanes of one instruction make its trips, with no loop inside";
  if (kind == LoopKind::Dot) return "and one instruction makes its trips, with no loop inside";
  return {};
}

}  // namespace

void interchange(Nest& nest, const std::string& loop, const std::string& after) {
  std::size_t from = nest.find(loop), to = after.empty() ? nest.given() : nest.find(after) + 1;
  require(loop != after, "interchange {}: a loop cannot stand inside of itself", loop);
  require(from >= nest.given() && to >= nest.given(),
          "interchange {}: given loops keep their place, since the code around runs them", loop);
  std::size_t low = std::min(from, to), high = std::max(from + 1, to);
  const Loop moved = nest.loops[from];
  for (std::size_t k = low; k < high; ++k) {
    const Loop& passed = nest.loops[k];
    if (k == from) continue;
    require(passed.index != moved.index, "interchange {}: {} is a part of the same index, and parts keep their order",
            loop, passed.name);
    for (const Loop* l : {&passed, &moved})
      require(passed.kind == moved.kind || why_fixed(l->kind).empty(),
              "interchange {}: it cannot pass {}: {} is {}, {}", loop, passed.name, l->name, name_of(l->kind),
              why_fixed(l->kind));
  }
  nest.loops.erase(nest.loops.begin() + static_cast<std::ptrdiff_t>(from));
  if (from < to) --to;
  nest.loops.insert(nest.loops.begin() + static_cast<std::ptrdiff_t>(to), moved);
}

}  // namespace tenon::loop
