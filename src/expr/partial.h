// Partial derivatives of the scalar functions.
#pragma once
#include "expr/pool.h"

namespace tenon::expr {

/// `g` times d(node)/d(its argument k), for an Apply node of floats; kNone where that is 0 between steps. Not for Max
/// and Min, which choose between their arguments (see chosen_second).
NodeId times_partial(Pool& pool, NodeId node, std::size_t k, NodeId g);

/// Whether a Max or Min node has the value of its second argument; ties go to the first.
NodeId chosen_second(Pool& pool, NodeId node);

}  // namespace tenon::expr
