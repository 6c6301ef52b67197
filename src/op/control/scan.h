#pragma once
#include "op/control/function.h"

namespace tenon {

struct ScanLoop {
  static constexpr std::string_view name = "scan";
  static constexpr std::string_view doc =
      "A loop with a state over the first dimension of sequences. Operands: the `carried` initial states, the "
      "`sequences` "
      "tensors [n, …], then constants. Step t applies body(states…, the slices at t…, constants…), which gives the new "
      "states and any number of further results. Gives the last states, then the further results stacked to [n, …]. "
      "`reverse` goes from n - 1 down to 0, also in what it stacks. `length` is n where there are no sequences.";
  static constexpr std::string_view constraints = R"(
    there are as many operands as states and sequences | {carried=2} (f32[])
    the length is at least 0 | {carried=1, length=-1} (f32[])
    the sequences have one first extent | {carried=0, sequences=2} (f32[2], f32[3])
    there is a body | {carried=1, length=1} (f32[]))";
  static constexpr Traits traits{.host = true};
  FunctionPtr body;
  i64 carried = 0, sequences = 0, length = 0;
  bool reverse = false;
  static void fields(auto& self, auto&& f) {
    f("body", self.body), f("carried", self.carried), f("sequences", self.sequences), f("length", self.length);
    f("reverse", self.reverse);
  }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in, const CallFunction& call) const;
  static std::vector<Case<ScanLoop>> samples();

  /// n; throws Error where the sequences disagree.
  Dim steps(Operands in) const;
};

}  // namespace tenon
