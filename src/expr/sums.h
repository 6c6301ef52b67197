// Rewriting sums: what gradients and fusion share.
#pragma once
#include <optional>
#include <vector>

#include "expr/pool.h"

namespace tenon::expr {

bool is_product(const Node& n);
/// Is it 0 where its first argument is, and a product also where its second is? (Padding counts as 0 also beside
/// infinities.)
bool keeps_zero(const Node& n);

/// (c ? a : 0) * b = c ? a * b : 0, and likewise through division, negation and casts.
NodeId hoist_guards(Pool& pool, NodeId root);

/// sum over v of [v == e] f(v) = f(e) where 0 <= e < extent: a one-hot product becomes a gather, a scatter's gradient
/// too. Tidies the body.
void eliminate_pinned(Open& o);

/// A reducer whose indices all have extent 1 reduces nothing: the body moves into `post`.
void drop_empty_reduction(Open& o);

/// The conditions and the value of a body that is 0 where they fail; no conditions for any other body.
struct Masked {
  Conds cond;
  NodeId value;
};
Masked masked(const Pool& pool, NodeId body);

/// The indices of a mixed-radix form, outermost first: e = sum of coef * index with coefficients 1, e1, e1*e2, …
/// whose extents multiply to `extent`, so that the form takes each value of [0, extent) once.
std::optional<std::vector<IndexId>> mixed_radix(const Pool& pool, const Affine& e, Dim extent);

}  // namespace tenon::expr
