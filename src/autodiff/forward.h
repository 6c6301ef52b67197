// Forward-mode differentiation as a transformation of graphs.
#pragma once
#include <span>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// Values and how they change.
struct Tangents {
  std::vector<Value> values;    ///< of the roots: themselves, or equal ones that share work with the tangents
  std::vector<Value> tangents;  ///< of each root its own type; undefined where it is zero
};

/// The directional derivatives of `roots` where the values `wrt` move along `directions`, as new values over the same
/// graph. A direction has the type of its value; an undefined one is zero. Formulas give tangents that are formulas;
/// an operator with a gradient of its own gives the transpose of that, which must be linear in the incoming gradient;
/// loops need no bound. Throws Error where a `wrt` is no float tensor, and for an operator with none of these.
Tangents tangents(std::span<const Value> roots, std::span<const Value> wrt, std::span<const Value> directions);

/// The function of f's parameters and then of directions for those that `wrt` names, which returns f's results and then
/// the directional derivative of each result that is a float tensor (the Jacobian-vector product).
Function jvp(const Function& f, std::span<const std::size_t> wrt);

/// Can a value of this type have a tangent?
bool has_tangent(const Type& t);

}  // namespace tenon
