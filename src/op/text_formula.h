// Formulas as text, as operators.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "expr/formula.h"
#include "op/op.h"

namespace tenon {

/// What a text formula does to tensors: one operator per statement, of operands and of earlier steps' results (numbered
/// behind the operands). The last one is the result.
struct FormulaOps {
  struct Step {
    OpRef op;
    std::vector<std::size_t> operands;
  };
  std::vector<Step> steps;
};

/// The same text on the same types is understood once. May be called by several threads.
std::shared_ptr<const FormulaOps> formula_ops(std::string_view text, const std::vector<Type>& operands);
FormulaOps formula_ops(const expr::TextFormula& formula);

}  // namespace tenon
