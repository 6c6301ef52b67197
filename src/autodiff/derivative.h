// Derivatives of operators that are defined by a formula, derived once and remembered.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// One term of d(loss)/d(operand). Operands are numbered as in expr::GradientTerm: the operator's own, then the
/// incoming gradient, and what helps.
struct DerivativeTerm {
  OpRef op;  ///< a formula; null where the term is operand `operands[0]` itself
  SmallVector<std::int32_t, 3> operands;
};

struct Derivative {
  std::vector<std::vector<DerivativeTerm>> terms;  ///< by operand; none where the gradient is zero
  /// Formulas of the operator's operands for what terms read behind the incoming gradient; null where none reads it, or
  /// where it is the output.
  std::array<OpRef, 3> helpers;
};

/// The derivative of an operator with `define` on operands of these types. May be called by several threads.
std::shared_ptr<const Derivative> derivative_of(const OpRef& op, std::span<const Type> in);

/// How the value of an operator changes with its operands. Operands are numbered as in expr::tangent: the operator's
/// own, then the tangents of the active ones, and what helps.
struct TangentFormula {
  std::optional<DerivativeTerm> term;  ///< none where it is zero
  std::array<OpRef, 3> helpers;        ///< as in Derivative
};

/// For an operator with `define` on operands of these types, of which `active` ones change. May be called by several
/// threads.
std::shared_ptr<const TangentFormula> tangent_of(const OpRef& op, std::span<const Type> in,
                                                 std::span<const char> active);

}  // namespace tenon
