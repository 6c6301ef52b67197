#include "loop/transform.h"

namespace tenon::loop {

void parallelize(Nest& nest, const std::string& loop) {
  std::size_t k = nest.find(loop);
  Loop& l = nest.loops[k];
  require(l.kind == LoopKind::Serial, "parallelize {}: the loop is already {}", loop, name_of(l.kind));
  require(nest.is_parallel(l.index), "parallelize {}: its trips share one reduced value", loop);
  require(!nest.scatter || !nest.scatter->aims_at(l.index), "parallelize {}: updates meet at its positions", loop);
  require(k == 0, "parallelize {}: loop {} is outside of it; only the outermost can be parallel", loop,
          nest.loops[0].name);
  l.kind = LoopKind::Parallel;
}

}  // namespace tenon::loop
