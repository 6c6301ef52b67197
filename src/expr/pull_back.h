// The transpose of an access: from points of a domain to elements of the operand.
#pragma once
#include <vector>

#include "expr/pool.h"

namespace tenon::expr {

/// For each element t of an operand of `shape`: the sum of `body` over those points of the box of `box` indices at
/// which operand[at] is element t. Works for every affine access, and for coordinates read from data. The result's
/// reducer is Sum, its `post` the plain sum.
Open pull_back(std::shared_ptr<Pool> pool, const SmallVector<Coord, 3>& at, const Shape& shape,
               const std::vector<IndexId>& box, NodeId body);

}  // namespace tenon::expr
