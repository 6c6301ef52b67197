#include "optim/sgd.h"

#include "op/functions.h"

namespace tenon::optim {

Sgd::Sgd(std::vector<Parameter> parameters, const SgdOptions& options)
    : Optimizer(std::move(parameters), options), momentum_(options.momentum), nesterov_(options.nesterov) {
  require(momentum_ >= 0 && momentum_ < 1, "sgd: the momentum is {}, expected 0 <= momentum < 1", momentum_);
  require(!nesterov_ || momentum_ > 0, "sgd: Nesterov's form needs a momentum above 0");
  if (momentum_ > 0) velocity_ = add_like_parameters("momentum");
}

void Sgd::update(std::size_t k, const Gradient& gradient, double weight_decay) {
  const Tensor p = gradient.part(parameter(k)), rate = cast(lr(), p.dtype());
  const Tensor g = weight_decay > 0 ? gradient.value() + p * weight_decay : gradient.value();
  if (momentum_ == 0) {
    gradient.set_part(parameter(k), p - rate * g);
    return;
  }
  const Tensor v = gradient.part(velocity_[k]) * momentum_ + g;
  gradient.set_part(velocity_[k], v);
  gradient.set_part(parameter(k), p - rate * (nesterov_ ? g + v * momentum_ : v));
}

}  // namespace tenon::optim
