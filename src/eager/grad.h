// Gradients of tensors.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "eager/parameter.h"

namespace tenon {

/// d(loss)/d(x) for each x of `wrt`; loss is a float scalar. The results are ordinary lazy tensors, so gradients of
/// gradients are calls of grad. A tensor that loss does not depend on gives zeros.
std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> wrt);
std::vector<Tensor> grad(const Tensor& loss, std::initializer_list<Tensor> wrt);

/// A gradient of which a few rows are known to be other than 0: row i is the sum of those of `updates` whose id is i.
struct RowGradient {
  Tensor ids, updates;  ///< integers, of which -1 names no row; [the dimensions of ids…, a row…]
};
/// Where the tensor is a gradient by the table of lookups that are `sparse`, and of nothing else; before and after it
/// is evaluated.
std::optional<RowGradient> row_gradient(const Tensor& gradient);

/// Leaves d(loss)/d(p) in p.grad() for each trainable p; replaces what was there.
void backward(const Tensor& loss, std::span<const Parameter> parameters);

}  // namespace tenon
