// What scattering with a choice of reductions shares.
#pragma once
#include <functional>

#include "op/index/indexing.h"

namespace tenon {

/// Throws Error unless it is "none", "add", "mul", "max" or "min"; numbers are needed for all but "none".
void require_reduction(std::string_view op, const std::string& reduction, const Type& x);

/// A copy of x in which, for each k in order, slice rows[k] (of `width` elements) is reduced with slice k of updates.
/// Narrow types are reduced wider and rounded once.
Array scattered(const Array& x, std::span<const i64> rows, i64 width, const Array& updates,
                const std::string& reduction);

/// How an operator reads its positions of a tensor like x, and writes them: what its gradient is made of.
struct ScatterMaps {
  std::function<Built(const Built& x)> take;
  std::function<Built(const Built& x, const Built& updates, std::string reduction)> scatter;
};
/// Gradients by x and by updates. Where an update takes the place of others, the gradient goes to it alone; among equal
/// extremes it goes to x, or else to the first update.
Values scatter_gradient(Builder& b, const Value& x, const Value& updates, const Value& out, const Value& grad,
                        const std::string& reduction, const ScatterMaps& maps);

}  // namespace tenon
