// Where temporaries lie in the arena.
#pragma once
#include <vector>

#include "tensor/dtype.h"

namespace tenon::runtime {

/// A temporary: written by step `first`, last read by step `last` (both inclusive).
struct Lifetime {
  i64 bytes = 0;
  int first = 0, last = 0;
};

struct Plan {
  std::vector<i64> offsets;  ///< one per lifetime, multiples of 64
  i64 bytes = 0;             ///< size of the arena
};

/// Places every temporary so that those alive at the same step do not overlap. Greedy by size (Pisarchyk & Lee,
/// "Efficient Memory Management for Deep Neural Net Inference", 2020).
Plan plan_arena(const std::vector<Lifetime>& lifetimes);

}  // namespace tenon::runtime
