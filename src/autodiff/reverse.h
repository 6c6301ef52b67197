// Reverse-mode differentiation as a transformation of graphs.
#pragma once
#include <span>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// Gradients of the scalar `loss` with respect to `wrt`, as new values over the same graph; their types equal those of
/// `wrt`. `seed` (optional) replaces the initial 1 and then `loss` may have any shape. A value that loss does not
/// depend on gets zeros. Throws Error where loss is not a float, is no scalar (without seed), or a `wrt` is not a
/// float. Composites with no vjp are differentiated through their expansion. Gradients of gradients work.
std::vector<Value> gradients(const Value& loss, std::span<const Value> wrt, const Value& seed = {});

/// The same of sum over k of dot(roots[k], seeds[k]); each seed has its root's type.
std::vector<Value> gradients(std::span<const Value> roots, std::span<const Value> wrt, std::span<const Value> seeds);

/// The function that returns f's results followed by d(results[0])/d(parameters[i]) for each i of `wrt`.
Function with_gradients(const Function& f, std::span<const std::size_t> wrt);

}  // namespace tenon
