#include "eager/grad.h"

#include "autodiff/reverse.h"

namespace tenon {

std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> wrt) {
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
