#pragma once
#include "op/op.h"

namespace tenon {

struct Matmul {
  static constexpr std::string_view name = "matmul";
  static constexpr std::string_view doc =
      "The matrix product over the last dimension of a and the last but one of b. Leading dimensions are broadcast; a "
      "1-d operand is a row (a) or a column (b) whose dimension is dropped from the result. Narrow types are "
      "accumulated "
      "wider.";
  static constexpr Traits traits{.contraction = true};

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Matmul>> samples();
};

}  // namespace tenon
