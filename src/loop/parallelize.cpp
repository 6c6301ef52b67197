#include "loop/transform.h"

namespace tenon::loop {

void parallelize(Nest& nest, const std::string& loop) {
  std::size_t k = nest.find(loop);
  Loop& l = nest.loops[k];
  require(l.kind == LoopKind::Serial, "parallelize {}: the loop is already {}", loop, name_of(l.kind));
  if (!nest.is_parallel(l.index)) {
    const std::string update = nest.scatter ? formula_of(nest, nest.scatter->positions[0].index) : "";
    require(!nest.scatter,
            "parallelize {}: where {} names one position in several trips, all of them add to the same element", loop,
            update);
    fail("parallelize {}: its trips share one reduced value: each goes on with the {} that the trip before has left",
         loop, expr::name_of(nest.reducer));
  }
  require(k == 0, "parallelize {}: loop {} is outside of it; only the outermost can be parallel", loop,
          nest.loops[0].name);
  l.kind = LoopKind::Parallel;
}

}  // namespace tenon::loop
