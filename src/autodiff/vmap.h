// A function of one example as a function of many at once.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// The axis along which a value has its examples; none: one value for all of them.
using ExampleAxis = std::optional<i64>;

/// f for `n` examples at once: parameter k has a further dimension of extent n at in_axes[k], counted from the front or
/// the back of its new shape, and result k one at out_axes[k]. A result whose axis is none must not depend on the
/// examples; one that is the same for all of them is repeated along an axis that is asked for.
///
/// Formulas get one more index; branches on a condition that differs between examples compute both sides and select;
/// a loop runs until the last example is done, and the others keep their state. Random numbers are those of the key:
/// one that all examples share gives all of them the same. What has no rule of its own runs example by example in a
/// scan. Throws Error for operators whose results have extents that data decides, or that handle other values than
/// tensors.
Function vmap(const Function& f, Dim n, std::span<const ExampleAxis> in_axes, std::span<const ExampleAxis> out_axes);

}  // namespace tenon
