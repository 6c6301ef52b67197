#include "pass/pass.h"

#include "base/suggest.h"

namespace tenon {

std::span<const Pass> all_passes() {
  static constexpr Pass passes[] = {
      {"expand_composites", "composites become primitives", true, expand_composites},
      {"merge_equal", "equal nodes become one", true, merge_equal},
      {"simplify", "algebraic identities, as a table of rules", true, simplify},
      {"formulate", "operators become formulas", true, formulate},
      {"split_phases", "sums over a lattice become dense sums", true, split_phases},
      {"split_scatters", "scatters become formulas of their own", true, split_scatters},
      {"fuse_formulas", "formulas are merged into their consumers", true, fuse_formulas},
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
