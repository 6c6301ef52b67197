#include "loop/transform.h"

namespace tenon::loop {

void tile(Nest& nest, const std::vector<TilePart>& parts, const std::string& inside) {
  require(!parts.empty(), "tile: there are no loops to split");
  Nest tiled = nest;
  std::size_t innermost = 0;
  try {
    for (const TilePart& p : parts) innermost = std::max(innermost, nest.find(p.loop));
    for (const TilePart& p : parts) split(tiled, p.loop, p.trips, p.inner);
    std::string before = inside.empty() ? nest.loops[innermost].name : inside;
    for (const TilePart& p : parts) {
      interchange(tiled, p.inner, before);
      before = p.inner;
    }
  } catch (const Error& e) {
    fail("tile: {}", e.what());
  }
  nest = std::move(tiled);
}

}  // namespace tenon::loop
