#pragma once
#include "op/control/function.h"

namespace tenon {

struct If {
  static constexpr std::string_view name = "if";
  static constexpr std::string_view doc =
      "then_branch(operands…) where the condition (a bool scalar, the first operand) holds, else "
      "else_branch(operands…); "
      "only one of them runs. Both functions have the types of the other operands as parameters and give the same "
      "types; "
      "extents in which they differ are given as unknowns.";
  static constexpr std::string_view constraints = R"(
    there is a condition | ()
    it is bool[] | (f32[])
    there are two functions | (bool[]))";
  static constexpr Traits traits{.host = true};
  FunctionPtr then_branch, else_branch;
  static void fields(auto& self, auto&& f) { f("then_branch", self.then_branch), f("else_branch", self.else_branch); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in, const CallFunction& call) const;
  static std::vector<Case<If>> samples();
};

}  // namespace tenon
