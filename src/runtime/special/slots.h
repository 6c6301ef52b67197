#pragma once
#include <algorithm>

#include "base/thread_pool.h"
#include "tensor/shape.h"

namespace tenon::runtime {

/// Independent pieces of work are dealt to slots, each with memory of its own, and slots to threads. How many slots
/// there are depends on the work alone.
class Slots {
 public:
  /// `work`: elements that one piece goes through; `bytes`: the memory that it works in.
  Slots(i64 pieces, i64 work, i64 bytes) : pieces_(pieces), bytes_(pieces == 0 ? 0 : (bytes + 63) / 64 * 64) {
    constexpr i64 kMost = 64, kFewest = 1 << 12, kMostBytes = i64{1} << 26;
    const i64 worth = std::max<i64>(1, pieces / std::max<i64>(1, kFewest / std::max<i64>(work, 1)));
    const i64 fitting = std::max<i64>(1, kMostBytes / std::max<i64>(bytes_, 1));
    count_ = std::min({worth, fitting, kMost});
  }
  /// Of all slots.
  i64 bytes() const { return count_ * bytes_; }

  /// body(piece, memory); a single slot leaves the threads to its body.
  template <class Body>
  void run(std::byte* workspace, Body body) const {
    parallel_for(count_, 1, [&](i64 begin, i64 end) {
      for (i64 s = begin; s < end; ++s)
        for (i64 piece = pieces_ * s / count_; piece < pieces_ * (s + 1) / count_; ++piece)
          body(piece, workspace + s * bytes_);
    });
  }

 private:
  i64 pieces_, bytes_, count_ = 1;
};

}  // namespace tenon::runtime
