#include "loop/transform.h"

namespace tenon::loop {

void stream(Nest& nest) {
  const Loop* lanes = nest.vector_loop();
  require(lanes != nullptr, "stream: there is no vector loop; only whole vectors go past the caches");
  require(!nest.scatter, "stream: a scatter reads what it has written");
  require(!nest.reduces_in_blocks(), "stream: later blocks of the reduction read what earlier ones have written");
  require(nest.is_parallel(lanes->index) && nest.out_offset.den == 1 && nest.out_offset.coef(lanes->index) == 1,
          "stream: vectors over {} are not written as runs of the output", lanes->name);
  constexpr Dim kWrittenBytes = 64;
  require(nest.out_digits.empty(), "stream: the output does not lie row by row");
  const Dim bytes = bytes_of(nest.out, lanes->trips);
  require(bytes >= 16, "stream: a vector of {} bytes; at least 16 go past the caches", bytes);
  Dim together = bytes;
  for (const Loop& l : nest.loops)
    if (l.kind == LoopKind::Unrolled && l.index == lanes->index) together *= l.trips;
  require(together >= kWrittenBytes,
          "stream: {} bytes are written side by side; a line of {} would go past the caches in pieces", together,
          kWrittenBytes);
  const auto aligned = [&](const std::string& what, Dim elements) {
    require(bytes_of(nest.out, elements) % bytes == 0,
            "stream: {} moves the output by {} elements of {}, which is no whole number of vectors of {} bytes", what,
            elements, nest.out, bytes);
  };
  aligned("the first element", nest.out_offset.offset);
  for (const Loop& l : nest.loops)
    if (&l != lanes) aligned("loop " + l.name, nest.out_offset.coef(l.index).value() * l.step);
  nest.streams = true;
}

}  // namespace tenon::loop
