// Operators that hold functions, as functions of tensors.
#pragma once
#include "op/control/barrier.h"
#include "op/control/call.h"
#include "op/control/checkpoint.h"
#include "op/control/custom_gradient.h"
#include "op/control/if.h"
#include "op/control/scan.h"
#include "op/control/while.h"
#include "op/handle.h"

namespace tenon {

template <Handle V>
std::vector<V> call(FunctionPtr f, const std::vector<V>& args) {
  return detail::outputs_of<V>(Call{std::move(f)}, args);
}
/// then_branch(args…) or else_branch(args…), as the bool scalar says; only one of them runs.
template <Handle V>
std::vector<V> cond(const V& condition, FunctionPtr then_branch, FunctionPtr else_branch, const std::vector<V>& args) {
  std::vector<V> operands{condition};
  operands.insert(operands.end(), args.begin(), args.end());
  return detail::outputs_of<V>(If{std::move(then_branch), std::move(else_branch)}, operands);
}
/// while (condition(state…)) state… = body(state…), at most `bound` times where that is not 0; gradients need a bound.
template <Handle V>
std::vector<V> while_loop(FunctionPtr condition, FunctionPtr body, const std::vector<V>& state, i64 bound = 0) {
  return detail::outputs_of<V>(While{std::move(condition), std::move(body), bound}, state);
}
/// Last states and stacked results of body(states…, slices of sequences…, constants…); see the operator. `length` is
/// used where there are no sequences.
template <Handle V>
std::vector<V> scan(FunctionPtr body, const std::vector<V>& states, const std::vector<V>& sequences,
                    const std::vector<V>& constants = {}, bool reverse = false, i64 length = 0) {
  std::vector<V> operands = states;
  operands.insert(operands.end(), sequences.begin(), sequences.end());
  operands.insert(operands.end(), constants.begin(), constants.end());
  return detail::outputs_of<V>(
      ScanLoop{std::move(body), static_cast<i64>(states.size()), static_cast<i64>(sequences.size()), length, reverse},
      operands);
}

/// The values themselves, none of which is there before all of them are.
template <Handle V>
std::vector<V> barrier(const std::vector<V>& values) {
  return detail::outputs_of<V>(Barrier{}, values);
}
/// f(args…), of which nothing is kept for the gradient but the arguments.
template <Handle V>
std::vector<V> checkpoint(FunctionPtr f, const std::vector<V>& args) {
  return detail::outputs_of<V>(Checkpoint{std::move(f)}, args);
}
/// f(args…) with gradients from backward(args…, results…, gradients of float results…).
template <Handle V>
std::vector<V> custom_gradient(FunctionPtr f, FunctionPtr backward, const std::vector<V>& args) {
  return detail::outputs_of<V>(CustomGradient{std::move(f), std::move(backward)}, args);
}

}  // namespace tenon
