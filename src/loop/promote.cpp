#include "loop/transform.h"

namespace tenon::loop {

void check_promoted(const Nest& nest, const std::string& at) {
  const std::string from = at.empty() ? "the outside" : at;
  const std::size_t first = nest.inside_of(at), reduction = nest.first_reduction();
  for (std::size_t k = first; k < reduction; ++k) {
    const Loop& l = nest.loops[k];
    require(nest.is_parallel(l.index),
            "promote from {} on: each trip of the reduction loop {} goes on with the values of all {} trips of loop {} "
            "inside of it, and all of them are not held in registers; unroll or vectorize {}, or move it outside of {}",
            from, l.name, nest.loops[reduction - 1].trips, nest.loops[reduction - 1].name,
            nest.loops[reduction - 1].name, l.name);
  }
}

void promote(Nest& nest, const std::string& at) {
  require(nest.reduces(), "promote: nothing is reduced, so no value stays from one trip to the next");
  if (nest.scatter)
    fail("promote: which element an update is added to is read from data, {}, so none can be held in a register",
         formula_of(nest, nest.scatter->positions[0].index));
  check_promoted(nest, at);
  nest.promoted = at;
}

}  // namespace tenon::loop
