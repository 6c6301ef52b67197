// Gradients of tensors.
#pragma once
#include <span>
#include <vector>

#include "eager/parameter.h"

namespace tenon {

/// d(loss)/d(x) for each x of `wrt`; loss is a float scalar. The results are ordinary lazy tensors, so gradients of
/// gradients are calls of grad. A tensor that loss does not depend on gives zeros.
std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> wrt);
std::vector<Tensor> grad(const Tensor& loss, std::initializer_list<Tensor> wrt);

/// Leaves d(loss)/d(p) in p.grad() for each trainable p; replaces what was there.
void backward(const Tensor& loss, std::span<const Parameter> parameters);

}  // namespace tenon
