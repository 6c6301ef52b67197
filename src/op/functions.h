// Every operator as a function of tensors, written once for all handle types (see op/handle.h).
//
//   Value hidden = relu(linear(x, w1, b1));
//   Value loss = mean(square(hidden - 1));
#pragma once
#include "op/activation/functions.h"
#include "op/control/functions.h"
#include "op/conv/functions.h"
#include "op/formula.h"
#include "op/image/functions.h"
#include "op/index/functions.h"
#include "op/math/einsum.h"
#include "op/math/functions.h"
#include "op/math/matmul.h"
#include "op/nn/functions.h"
#include "op/norm/functions.h"
#include "op/quant/functions.h"
#include "op/random/functions.h"
#include "op/recurrent/functions.h"
#include "op/reduce/functions.h"
#include "op/sequence/functions.h"
#include "op/shape/functions.h"
#include "op/special/functions.h"
#include "op/text_formula.h"

namespace tenon {

/// NumPy's matrix product; operands of different element types are promoted.
template <Handle V>
V matmul(const V& a, const V& b) {
  return detail::binary_of<Matmul>(a, b);
}
/// "ik,kj->ij"
template <Handle V>
V einsum(std::string equation, std::initializer_list<V> operands) {
  return detail::apply_to<V>(Einsum{std::move(equation)}, operands);
}
/// An expression of one's own as an operator.
template <Handle V>
V formula(expr::Expr e, std::initializer_list<V> operands) {
  return detail::apply_to<V>(Formula{std::move(e), {}}, operands);
}

/// The same as text, "C[i,j] += A[i,k] * B[k,j]", of operands in the order in which the text names them (see
/// docs/formulas.md).
template <Handle V>
V formula(std::string_view text, const std::vector<V>& operands) {
  std::vector<Type> types;
  for (const V& x : operands) types.push_back(x.type());
  const auto ops = formula_ops(text, types);
  std::vector<V> tensors = operands;
  for (const FormulaOps::Step& step : ops->steps) {
    std::vector<V> read;
    for (const std::size_t k : step.operands) read.push_back(tensors[k]);
    if constexpr (std::same_as<V, Built>) {
      if (read.empty() && !operands.empty()) {  // made from nothing, by the others' builder
        tensors.push_back({operands[0].builder, operands[0].builder->apply1(step.op, {})});
        continue;
      }
    }
    tensors.push_back(apply_op(step.op, std::span<const V>(read)));
  }
  return tensors.back();
}
template <Handle V>
V formula(std::string_view text, std::initializer_list<V> operands) {
  return formula(text, std::vector<V>(operands));
}

}  // namespace tenon
