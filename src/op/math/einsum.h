#pragma once
#include "op/op.h"

namespace tenon {

struct Einsum {
  static constexpr std::string_view name = "einsum";
  static constexpr std::string_view doc =
      "Sums of products by index letters, \"bhid,bhjd->bhij\": letters that do not stand behind the arrow are summed "
      "over, a "
      "letter that is repeated in an operand takes its diagonal. Any number of operands; narrow types are accumulated "
      "wider.";
  static constexpr std::string_view constraints = R"(
    the equation names the dimensions of the result behind -> | {equation="ij"} (f32[2,3])
    it names as many operands as there are | {equation="ij,jk->ik"} (f32[2,3])
    each operand has as many dimensions as letters | {equation="ij->i"} (f32[2])
    a letter has one extent everywhere | {equation="ij,jk->ik"} (f32[2,3], f32[2,3])
    the letters of the result stand in an operand | {equation="ij->k"} (f32[2,3])
    and there only once | {equation="ij->ii"} (f32[2,3])
    the operands are floats or integers | {equation="ij->i"} (bool[2,3]))";
  static constexpr Traits traits{.contraction = true};
  std::string equation;
  static void fields(auto& self, auto&& f) { f("equation", self.equation); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Einsum>> samples();
};

}  // namespace tenon
