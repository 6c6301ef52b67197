// A function of tensors as a closed graph.
#pragma once
#include <utility>
#include <vector>

#include "eager/jit.h"

namespace tenon {

/// What `f` recorded when it ran on placeholders. Other tensors that it reads are further parameters, so that gradients
/// reach them and other values compile nothing new.
struct Closed {
  Function f;  ///< of the arguments, then of what it captures; gives the results, then new values of parameters
  std::size_t args = 0, results = 0;
  std::vector<Value> captured;
  std::vector<Parameter> set;  ///< parameters that take the results behind `results`

  /// Captured values behind those of the arguments.
  std::vector<Value> operands(std::span<const Tensor> arguments) const;
  /// Throws Error that begins with `name` where f sets a parameter.
  void require_no_state(std::string_view name) const;
};

/// Throws Error that begins with `name` where f reads a value, prints, or gives an undefined result.
Closed close_over(std::string_view name, const TensorFunction& f, std::span<const Tensor> args);

}  // namespace tenon
