#include "optim/sgd.h"

#include "op/functions.h"

namespace tenon::optim {

Sgd::Sgd(std::vector<Parameter> parameters, const SgdOptions& options)
    : Optimizer(std::move(parameters), options), momentum_(options.momentum), nesterov_(options.nesterov) {
  require(momentum_ >= 0 && momentum_ < 1, "sgd: the momentum is {}, expected 0 <= momentum < 1", momentum_);
  require(!nesterov_ || momentum_ > 0, "sgd: Nesterov's form needs a momentum above 0");
  if (momentum_ > 0) velocity_ = add_like_parameters("momentum");
}

void Sgd::update(std::size_t k, const Tensor& gradient, double weight_decay) {
  Parameter& p = parameter(k);
  const Tensor rate = cast(lr(), gradient.dtype());
  const Tensor g = weight_decay > 0 ? gradient + p.value() * weight_decay : gradient;
  if (momentum_ == 0) {
    p.set(p.value() - rate * g);
    return;
  }
  const Tensor v = velocity_[k].value() * momentum_ + g;
  velocity_[k].set(v);
  p.set(p.value() - rate * (nesterov_ ? g + v * momentum_ : v));
}

}  // namespace tenon::optim
