#include "pass/pass.h"

namespace tenon {

std::span<const Pass> all_passes() {
  static constexpr Pass passes[] = {
      {"expand_composites", "composites become primitives", expand_composites},
      {"merge_equal", "equal nodes become one", merge_equal},
      {"simplify", "algebraic identities", simplify},
      {"formulate", "operators become formulas", formulate},
      {"split_phases", "sums over a lattice become dense", split_phases},
      {"split_scatters", "scatters become formulas of their own", split_scatters},
      {"fuse_formulas", "formulas are merged into kernels", fuse_formulas},
      {"pack_operands", "contraction factors become contiguous", pack_operands},
      {"merge_again", "equal kernels become one", merge_equal},
  };
  return passes;
}

const Pass& find_pass(std::string_view name) {
  std::string known;
  for (const Pass& p : all_passes()) {
    if (p.name == name) return p;
    known += (known.empty() ? "" : ", ") + std::string(p.name);
  }
  fail("no pass is called '{}'; there are: {}", name, known);
}

}  // namespace tenon
