#pragma once
#include "op/control/function.h"

namespace tenon {

struct Checkpoint {
  static constexpr std::string_view name = "checkpoint";
  static constexpr std::string_view doc =
      "The results of a function applied to the operands, whose gradient computes what is inside again instead of "
      "keeping it, once the gradients of the results are there: less memory for about a third more work (Chen et al., "
      "Training deep nets with sublinear memory cost, 2016).";
  static constexpr std::string_view constraints = R"(
    there is a function | (f32[2,3]))";
  static constexpr Traits traits{.host = true};
  FunctionPtr function;
  static void fields(auto& self, auto&& f) { f("function", self.function); }

  Types infer(Operands in) const { return results_of(name, "function", function, in); }
  Values expand(Builder&, std::span<const Value> in) const {
    const std::vector<Value> results = inline_call(*function, in);
    return {results.begin(), results.end()};
  }
  static std::vector<Case<Checkpoint>> samples();
};

}  // namespace tenon
