// Functions of tensors made from functions of tensors: derivatives, and many examples at once.
//
//   auto [values, tangents] = jvp(f, {x}, {direction});
//   auto H = hessian(f, {x})[0][0];
//   auto losses = vmap(loss_of_one, {std::nullopt, 0, 0})({weights, images, labels});
//
// They compose: vmap of a gradient, jit of a vmap, a gradient of a jvp. Each call runs the function once to record it.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "autodiff/vmap.h"
#include "eager/jit.h"

namespace tenon {

struct Pushed {
  std::vector<Tensor> values;
  std::vector<Tensor> tangents;  ///< of the type of the value each; undefined for what is no float tensor
};
/// f(args) and its directional derivatives along `directions`, one of the type of its argument each, undefined for an
/// argument that does not move (J v; forward mode). Loops need no bound. Operators with a gradient of their own are
/// moved along by its transpose.
Pushed jvp(const TensorFunction& f, std::span<const Tensor> args, std::span<const Tensor> directions);
Pushed jvp(const TensorFunction& f, std::initializer_list<Tensor> args, std::initializer_list<Tensor> directions);

struct Pulled {
  std::vector<Tensor> values;
  /// From one gradient for each value (undefined: zero), those of the arguments (J^T w; reverse mode); zeros for an
  /// argument that no value depends on, undefined for what is no float tensor.
  std::function<std::vector<Tensor>(std::span<const Tensor> gradients)> pull_back;
};
Pulled vjp(const TensorFunction& f, std::span<const Tensor> args);
Pulled vjp(const TensorFunction& f, std::initializer_list<Tensor> args);

enum class JacobianMode : std::uint8_t {
  Auto,     ///< what takes fewer directions; forward where both take the same number
  Forward,  ///< one direction for each element of the arguments
  Reverse,  ///< one for each element of the results
};
/// d(result i)/d(argument j) at [i][j], of the result's shape followed by the argument's; all directions at once.
/// Results and arguments are float tensors.
std::vector<std::vector<Tensor>> jacobian(const TensorFunction& f, std::span<const Tensor> args,
                                          JacobianMode mode = JacobianMode::Auto);
std::vector<std::vector<Tensor>> jacobian(const TensorFunction& f, std::initializer_list<Tensor> args,
                                          JacobianMode mode = JacobianMode::Auto);

/// Second derivatives of a function with one result of one element: d2f / d(argument i) d(argument j) at [i][j], of the
/// shapes of both. Forward over reverse mode.
std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, std::span<const Tensor> args);
std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, std::initializer_list<Tensor> args);

/// The Hessian times the directions, without the Hessian: how the gradients change along them.
std::vector<Tensor> hvp(const TensorFunction& f, std::span<const Tensor> args, std::span<const Tensor> directions);
std::vector<Tensor> hvp(const TensorFunction& f, std::initializer_list<Tensor> args,
                        std::initializer_list<Tensor> directions);

/// f, which is written for one example, for many at once. Argument k holds its examples along in_axes[k], or is one for
/// all of them; result k has them along out_axes[k]. Without axes: along the first dimension. What branches, loops,
/// random numbers and other operators do is said in docs/differentiation.md.
TensorFunction vmap(TensorFunction f, std::vector<ExampleAxis> in_axes = {}, std::vector<ExampleAxis> out_axes = {});

/// f, of which nothing is kept for the gradient but the arguments and what it captures: the gradient computes it again.
TensorFunction checkpoint(TensorFunction f);

/// f with a gradient of its own: backward(arguments…, results…, gradients of the float results…) gives the gradients of
/// the float arguments, of their types. What f captures gets none.
TensorFunction custom_gradient(TensorFunction f, TensorFunction backward);

}  // namespace tenon
