// Derivatives of one scalar with respect to scalars under it.
#pragma once
#include <functional>
#include <utility>
#include <vector>

#include "expr/pool.h"

namespace tenon::expr {

/// A node and what the root's adjoint times d(root)/d(node) is, in the node's dtype.
struct Adjoint {
  NodeId of, value;
};

/// Adjoints of the nodes under `root` that `is_target` picks (targets are not entered), given the root's adjoint
/// `seed`. Only floats carry adjoints; a node with none is left out. The condition of a branch stands outermost in
/// what the branch contributes, so that a factor of a branch that is not taken is never evaluated (0 * inf).
/// Throws Error where branches share so much that the result would explode.
std::vector<Adjoint> adjoints(Pool& pool, NodeId root, NodeId seed, const std::function<bool(const Node&)>& is_target);

}  // namespace tenon::expr
