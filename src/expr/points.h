// Counting the points of a box at which conditions hold, and the elements that an access touches there.
#pragma once
#include <vector>

#include "expr/pool.h"

namespace tenon::expr {

/// A condition, or that it fails.
struct Claim {
  Cond cond;
  bool holds = true;
  friend bool operator==(const Claim&, const Claim&) = default;
};
using Claims = std::vector<Claim>;  ///< all of them

/// A number of points or elements; where not exact, an upper bound.
struct Count {
  double n = 0;
  bool exact = true;
};

/// Counts by closed forms where each index is bound by itself or ties to a few others, by trying points otherwise, up
/// to `budget` in all; beyond that it answers with bounds. Extents must be known.
class Points {
 public:
  struct Access {
    SmallVector<Coord, 3> at;
    Claims claims;  ///< where it happens
    std::vector<IndexId> box;
  };

  Points(const Pool& pool, i64 budget) : pool_(pool), budget_(budget) {}

  /// Points of the box where all claims hold. A claim on data counts as true.
  Count where(const std::vector<IndexId>& box, const Claims& claims);
  /// Points where all claims of at least one of the sets hold.
  Count where_any(const std::vector<IndexId>& box, const std::vector<Claims>& sets);
  /// Distinct elements of a tensor of this shape that accesses touch.
  Count elements(const std::vector<Access>& accesses, const Shape& shape);

 private:
  struct Part;
  std::vector<Part> parts(const Access& access) const;
  Count where(const Part& part);
  Count elements(const Part& part, const Access& access, const Shape& shape);
  Count elements(const Access& access, const Shape& shape);
  Count values_of(const Part& part, const Affine& form);
  bool mark(const Access& access, const std::vector<std::size_t>& dims, const Shape& shape, std::vector<char>& seen);
  bool spend(double trials);

  const Pool& pool_;
  i64 budget_;
};

}  // namespace tenon::expr
