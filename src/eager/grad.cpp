#include "eager/grad.h"

#include <algorithm>

#include "autodiff/reverse.h"
#include "ir/walk.h"
#include "op/index/dense_rows.h"

namespace tenon {

namespace {

const DenseRows* recorded_rows(const Value& v) {
  const OpRef& op = v.node()->recorded_op();
  return op == nullptr ? nullptr : get_if<DenseRows>(*op);
}

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
  for (Value& v : gradients(loss.value(), values)) {
    // Rows stay rows when somebody reads them as a tensor: the node keeps operands that are tracked.
    if (recorded_rows(v) != nullptr) v.node()->recorded_args()[1].node()->track();
    result.emplace_back(std::move(v));
  }
  return result;
}

std::optional<RowGradient> row_gradient(const Tensor& gradient) {
  if (!gradient.defined() || recorded_rows(gradient.value()) == nullptr) return {};
  const auto args = gradient.value().node()->recorded_args();
  return RowGradient{Tensor(args[0]), Tensor(args[1])};
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
