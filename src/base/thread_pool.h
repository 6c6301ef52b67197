// The threads of this process, shared by everything.
#pragma once
#include <cstdint>

#include "base/function_ref.h"

namespace tenon {

/// How many threads parallel_for uses, the caller included: what set_threads said, else TENON_THREADS, else
/// usable_cores().
int threads();
/// 1 to 1024; throws Error otherwise. Not from inside of a parallel_for.
void set_threads(int count);

/// Calls `body(begin, end)` on at most threads() contiguous ranges that partition [0, extent), in parallel; inner
/// boundaries are multiples of `grain` (at least 1). The caller takes the first range, then those that no other thread
/// has begun, and returns when all are done.
/// The first exception in the order of the ranges is thrown again. Calls from inside of a body, and calls made while
/// another thread is inside of parallel_for, run serially as one range: results must not depend on the partition.
void parallel_for(std::int64_t extent, std::int64_t grain, FunctionRef<void(std::int64_t, std::int64_t)> body);

}  // namespace tenon
