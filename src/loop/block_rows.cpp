#include <algorithm>

#include "loop/transform.h"

namespace tenon::loop {

void block_rows(Nest& nest, std::int32_t rows, Dim block) {
  require(rows >= 1 && rows <= nest.parallel && block >= 1, "block_rows: {} rows of a nest with {} parallel indices",
          rows, nest.parallel);
  for (std::size_t k = 0; k < nest.loops.size(); ++k)
    require(nest.loops[k].kind == LoopKind::Serial && nest.loops[k].index == static_cast<IndexId>(k),
            "block_rows: loop {} is already transformed", nest.loops[k].name);
  for (IndexId i = 0; i < rows; ++i) nest.loops[static_cast<std::size_t>(i)].kind = LoopKind::Given;
  if (block == 1) return;
  Loop& outer = nest.loops[static_cast<std::size_t>(rows - 1)];
  Loop inner = outer;
  inner.kind = LoopKind::Serial;
  inner.trips = block;
  outer.name += ".b";
  outer.step = block;
  outer.trips = (outer.trips + block - 1) / block;
  nest.loops.insert(nest.loops.begin() + rows, std::move(inner));
}

Nest one_block(Nest nest) {
  for (std::size_t k = nest.given(); k-- > 0;)
    nest.extent[static_cast<std::size_t>(nest.loops[k].index)] = nest.loops[k].step;
  nest.loops.erase(nest.loops.begin(), nest.loops.begin() + static_cast<std::ptrdiff_t>(nest.given()));
  return nest;
}

}  // namespace tenon::loop
