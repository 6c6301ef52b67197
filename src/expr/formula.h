// Formulas as people write them, and their meaning.
//
//   C[i,j] += A[i,k] * B[k,j]
//   m[i] max= x[i,j];  e[i,j] = exp(x[i,j] - m[i]);  s[i] += e[i,j];  y[i,j] = e[i,j] / s[i]
//
// Extents follow from the operands' shapes. Each statement is one Expr. docs/formulas.md has the language.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "expr/expr.h"

namespace tenon::expr {

/// An index of a statement, as it was written.
struct FormulaIndex {
  std::string name;
  Dim low = 0, extent = 1;  ///< low <= index < low + extent
  bool reduced = false;
  std::string source;  ///< what the range follows from: "dimension 1 of A"
};

/// One statement: the tensor `name` by an expression.
struct FormulaStep {
  std::string name, text;
  std::vector<std::size_t>
      operands;  ///< of e, in the order of e.in: number of an operand of the formula, or behind them of a step
  Expr e;
  std::vector<FormulaIndex> indices;  ///< parallel ones first
};

struct TextFormula {
  std::vector<std::string> operands;  ///< in the order in which the text names them
  std::vector<FormulaStep> steps;     ///< the last one is the result
  Type type() const { return steps.back().e.type(); }
  const std::string& name_of(std::size_t number) const {
    return number < operands.size() ? operands[number] : steps[number - operands.size()].name;
  }
};

/// The tensors that a formula reads and does not compute itself, in the order in which it names them.
std::vector<std::string> operands_of(std::string_view formula);

/// The meaning of a formula on operands of these types, one for each of operands_of(formula). Text is not trusted:
/// every access is proved to stay inside of its tensor, and Errors show the place.
TextFormula parse_formula(std::string_view formula, const std::vector<Type>& operands);

}  // namespace tenon::expr
