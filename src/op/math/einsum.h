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
  static constexpr Traits traits{.contraction = true};
  std::string equation;
  static void fields(auto& self, auto&& f) { f("equation", self.equation); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Einsum>> samples();
};

}  // namespace tenon
