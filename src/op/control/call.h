#pragma once
#include "op/control/function.h"

namespace tenon {

struct Call {
  static constexpr std::string_view name = "call";
  static constexpr std::string_view doc = "The results of a function applied to the operands.";
  static constexpr std::string_view constraints = R"(
    there is a function | (f32[2,3]))";
  static constexpr Traits traits{.host = true};
  FunctionPtr function;
  static void fields(auto& self, auto&& f) { f("function", self.function); }

  Types infer(Operands in) const { return results_of(name, "function", function, in); }
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Call>> samples();
};

}  // namespace tenon
