#pragma once
#include "expr/expr.h"
#include "op/op.h"

namespace tenon {

/// Formulas that one kernel computes: what the fusion of kernels makes.
struct FusedKernel {
  static constexpr std::string_view name = "kernel";
  static constexpr std::string_view doc =
      "The results of a body that one kernel computes: formulas one after another for each block of the `rows` leading "
      "dimensions that they have in common, each finished before the next where that is 0; or formulas and such "
      "kernels "
      "side by side, where none reads what another makes.";
  static constexpr std::string_view constraints = R"(
    there is a body | (f32[2,3])
    rows is at least 0 | {rows=-1} (f32[2,3]))";
  static constexpr Traits traits{.texts = true};

  FunctionPtr body;
  i64 rows = 0;
  std::string label;  ///< the operators that it stands for, for people only

  static void fields(auto& self, auto&& f) {
    f("body", self.body);
    f("rows", self.rows);
    f("label", self.label);
  }

  /// The body's formulas are computed one after another; else side by side.
  bool is_staged() const;
  /// Error unless the body is what `rows` says.
  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<FusedKernel>> samples();
};

}  // namespace tenon
