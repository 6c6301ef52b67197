// Passes: functions to functions.
#pragma once
#include <span>
#include <string_view>

#include "ir/graph.h"
#include "ir/remarks.h"

namespace tenon {

struct Pass {
  std::string_view name, doc;
  bool bodies = false;  ///< also runs inside of the functions that operators hold (see pass/pipeline.h)
  /// A function of the same parameters and of results of the same types. Says in `remarks` what it did and declined.
  Function (*run)(const Function& f, Remarks& remarks);
};

/// Every pass, each once.
std::span<const Pass> all_passes();
/// Throws Error that lists the known names.
const Pass& find_pass(std::string_view name);

/// Replaces composites by what they stand for, until only primitives are left.
Function expand_composites(const Function& f, Remarks& remarks);
/// Takes known branches, and loops that never run, out of the graph.
Function fold_branches(const Function& f, Remarks& remarks);
/// Removes states, stacked results and operands of loops that nothing reads.
Function prune_loops(const Function& f, Remarks& remarks);
/// Computes in front of a loop what is the same in each of its steps.
Function hoist_invariants(const Function& f, Remarks& remarks);
/// Normalisation with known statistics becomes part of the weights of the layer before it.
Function fold_batch_norm(const Function& f, Remarks& remarks);
/// Evaluates what depends on nothing but constants, within bounds of size.
Function fold_constants(const Function& f, Remarks& remarks);
/// Orders the operands of commutative operators and turns comparisons one way, so that equal nodes look equal.
Function canonicalise(const Function& f, Remarks& remarks);
/// Merges nodes that apply the same operator to the same operands.
Function merge_equal(const Function& f, Remarks& remarks);
/// Applies the algebraic rules of simplify.cpp until none fires.
Function simplify(const Function& f, Remarks& remarks);
/// Turns every operator that has a formula into a `formula` node.
Function formulate(const Function& f, Remarks& remarks);
/// Splits sums over a lattice (gradients of strided windows) into dense ones for each residue, and interleaves those.
Function split_phases(const Function& f, Remarks& remarks);
/// Separates scatters from what follows in the same formula, so that they run as one addition per update.
Function split_scatters(const Function& f, Remarks& remarks);
/// Merges formulas into their consumers where that saves memory traffic and repeats no expensive work.
Function fuse_formulas(const Function& f, Remarks& remarks);
/// Divides long reductions to few results into parts that threads can share, and reduces those. How many parts there
/// are depends on the shapes alone.
Function split_reductions(const Function& f, Remarks& remarks);
/// Joins formulas into kernels: those that are computed row by row one after another, and those side by side whose
/// results nothing waits for.
Function fuse_kernels(const Function& f, Remarks& remarks);
/// Gives every contraction a factor that is contiguous along an output index, by a transposing copy where it has none.
Function pack_operands(const Function& f, Remarks& remarks);

}  // namespace tenon
