#include "eager/grad.h"

#include <algorithm>

#include "autodiff/reverse.h"
#include "ir/walk.h"

namespace tenon {

namespace {

/// Zeros would be silently wrong where the way back was lost.
void require_reachable(const Tensor& loss, std::span<const Tensor> wrt) {
  Walk walk({&loss.value(), 1}, /*history=*/true);
  bool lost = std::ranges::any_of(walk.nodes(), [](const Node* n) { return n->forgot_operands(); });
  for (std::size_t k = 0; k < wrt.size() && lost; ++k)
    require(walk.position(wrt[k].value().node().get()) >= 0,
            "grad: tensor {} is not reached from the loss, but values between them were read before the gradient was "
            "asked for; call track() on the tensor when it is made",
            k);
}

}  // namespace

std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> wrt) {
  require_reachable(loss, wrt);
  std::vector<Value> values;
  for (const Tensor& t : wrt) values.push_back(t.value());
  std::vector<Tensor> result;
  for (Value& v : gradients(loss.value(), values)) result.emplace_back(std::move(v));
  return result;
}

std::vector<Tensor> grad(const Tensor& loss, std::initializer_list<Tensor> wrt) {
  return grad(loss, std::span<const Tensor>(wrt.begin(), wrt.size()));
}

void backward(const Tensor& loss, std::span<const Parameter> parameters) {
  std::vector<Parameter> trainable;
  std::vector<Tensor> values;
  for (const Parameter& p : parameters) {
    if (!p.trainable()) continue;
    trainable.push_back(p);
    values.push_back(p.value());
  }
  auto gradients_of = grad(loss, values);
  for (std::size_t k = 0; k < trainable.size(); ++k) trainable[k].set_grad(std::move(gradients_of[k]));
}

}  // namespace tenon
