// Passes: functions to functions.
#pragma once
#include <span>
#include <string_view>

#include "ir/graph.h"

namespace tenon {

struct Pass {
  std::string_view name, doc;
  Function (*run)(const Function&);
};

/// Every pass, in the order of the default pipeline.
std::span<const Pass> all_passes();
/// Throws Error that lists the known names.
const Pass& find_pass(std::string_view name);

/// Replaces composites by what they stand for, until only primitives are left.
Function expand_composites(const Function& f);
/// Merges nodes that apply the same operator to the same operands.
Function merge_equal(const Function& f);
/// Applies the algebraic rules of simplify.cpp until none fires.
Function simplify(const Function& f);
/// Turns every operator that has a formula into a `formula` node.
Function formulate(const Function& f);
/// Splits sums over a lattice (gradients of strided windows) into dense ones for each residue, and interleaves those.
Function split_phases(const Function& f);
/// Separates scatters from what follows in the same formula, so that they run as one addition per update.
Function split_scatters(const Function& f);
/// Merges formulas into their consumers where that saves memory traffic and repeats no expensive work.
Function fuse_formulas(const Function& f);
/// Gives every contraction a factor that is contiguous along an output index, by a transposing copy where it has none.
Function pack_operands(const Function& f);

}  // namespace tenon
