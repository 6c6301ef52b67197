#include "pass/pass.h"

#include "base/suggest.h"

namespace tenon {

std::span<const Pass> all_passes() {
  static constexpr Pass passes[] = {
      {"fold_branches", "branches that are known to be taken, loops that never run", true, fold_branches},
      {"prune_loops", "what nothing reads is no longer carried through loops", true, prune_loops},
      {"simplify", "algebraic identities, as a table of rules", true, simplify},
      {"fold_batch_norm", "normalisation with known statistics becomes part of weights", true, fold_batch_norm},
      {"expand_composites", "composites become primitives", true, expand_composites},
      {"fold_constants", "what depends on constants alone is evaluated", true, fold_constants},
      {"canonicalise", "operands of commutative operators are ordered", true, canonicalise},
      {"merge_equal", "equal nodes become one", true, merge_equal},
      {"hoist_invariants", "what is the same in each step moves out of loops, inner ones first", false,
       hoist_invariants},
      {"formulate", "operators become formulas", true, formulate},
      {"split_phases", "sums over a lattice become dense sums", true, split_phases},
      {"split_scatters", "scatters become formulas of their own", true, split_scatters},
      {"fuse_formulas", "formulas are merged into their consumers", true, fuse_formulas},
      {"split_reductions", "long reductions to few results are made in parts", true, split_reductions},
      {"pack_operands", "contraction factors become contiguous", true, pack_operands},
      {"fuse_kernels", "formulas that share rows, or that nothing waits for, become one kernel", true, fuse_kernels},
  };
  return passes;
}

const Pass& find_pass(std::string_view name) {
  std::string known;
  std::vector<std::string_view> names;
  for (const Pass& p : all_passes()) {
    if (p.name == name) return p;
    names.push_back(p.name);
    known += (known.empty() ? "" : ", ") + std::string(p.name);
  }
  fail("no pass is called '{}'{}; there are: {}", name, suggestion(name, names), known);
}

}  // namespace tenon
