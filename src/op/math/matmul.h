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
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    both have one element type | (f32[2,3], f64[3,2])
    they are floats or integers | (bool[2,3], bool[3,2])
    neither is a scalar | (f32[], f32[3])
    the last dimension of a is that of the rows of b | (f32[2,3], f32[2,3])
    the dimensions before broadcast | (f32[2,2,3], f32[3,3,2]))";
  static constexpr Traits traits{.contraction = true};

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Matmul>> samples();
};

}  // namespace tenon
