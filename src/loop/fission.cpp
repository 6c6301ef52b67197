#include <algorithm>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

/// What block_rows has divided becomes one loop again, where nothing else is bound to its two parts.
void join_block(Nest& nest, std::size_t outer) {
  if (outer + 1 >= nest.loops.size()) return;
  const Loop block = nest.loops[outer];
  Loop& inner = nest.loops[outer + 1];
  const bool is_named = !nest.packs.empty() || !nest.prefetches.empty() || !nest.hoists.empty() || nest.promoted;
  if (is_named || inner.index != block.index || inner.kind != LoopKind::Serial ||
      inner.trips * inner.step != block.step)
    return;
  const Dim extent = nest.extent[static_cast<std::size_t>(block.index)];
  inner.trips = (extent + inner.step - 1) / inner.step;
  nest.loops.erase(nest.loops.begin() + static_cast<std::ptrdiff_t>(outer));
}

}  // namespace

void fission(std::span<Nest> nests, std::span<const Values> values, std::span<const char> has_place) {
  expect(nests.size() == values.size(), "values are given for each nest");
  for (std::size_t w = 0; w < nests.size(); ++w) {
    require(nests[w].given() > 0, "fission: stage {} has no given loops", w + 1);
    const std::int32_t v = values[w].result;
    require(v >= 0 && static_cast<std::size_t>(v) < has_place.size(), "fission: nothing is known of value {}", v);
    for (std::size_t r = 0; r < nests.size(); ++r) {
      const bool is_read = std::ranges::find(values[r].operands, v) != values[r].operands.end();
      require(!is_read || r == w || has_place[static_cast<std::size_t>(v)],
              "fission: value {}, which stage {} writes and stage {} reads, lives only inside of one trip of {}; it "
              "needs a place for all trips",
              v, w + 1, r + 1, nests[w].loops[nests[w].given() - 1].name);
    }
  }
  for (Nest& nest : nests) {
    const std::size_t last = nest.given() - 1;
    for (std::size_t k = 0; k <= last; ++k) nest.loops[k].kind = LoopKind::Serial;
    join_block(nest, last);
  }
}

}  // namespace tenon::loop
