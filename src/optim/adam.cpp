#include "optim/adam.h"

#include "op/functions.h"

namespace tenon::optim {

namespace {

/// The exponential moving average with one more value.
Tensor moved(const Tensor& average, const Tensor& value, double beta) { return average * beta + value * (1 - beta); }

}  // namespace

Adam::Adam(std::vector<Parameter> parameters, const AdamOptions& options)
    : Optimizer(std::move(parameters), options), options_(options) {
  for (double beta : {options.beta1, options.beta2})
    require(beta >= 0 && beta < 1, "adam: a decay rate of the moments is {}, expected 0 <= beta < 1", beta);
  require(options.eps > 0, "adam: eps is {}, expected above 0", options.eps);
  weight1_ = add_scalar("first_moment_weight");
  weight2_ = add_scalar("second_moment_weight");
  first_ = add_like_parameters("first_moment");
  second_ = add_like_parameters("second_moment");
}

void Adam::begin_step() {
  const Tensor one = Tensor::scalar(1);
  weight1_.set(moved(weight1_, one, options_.beta1));
  weight2_.set(moved(weight2_, one, options_.beta2));
  rate_ = lr() / weight1_.value();
  correction_ = 1.0 / weight2_.value();
}

void Adam::update(std::size_t k, const Gradient& gradient, double weight_decay) {
  const Tensor p = gradient.part(parameter(k));
  const DType t = p.dtype();
  const bool decoupled = options_.decoupled && weight_decay > 0;
  const Tensor g = !options_.decoupled && weight_decay > 0 ? gradient.value() + p * weight_decay : gradient.value();
  const Tensor m = moved(gradient.part(first_[k]), g, options_.beta1);
  const Tensor v = moved(gradient.part(second_[k]), square(g), options_.beta2);
  gradient.set_part(first_[k], m);
  gradient.set_part(second_[k], v);
  Tensor next = p - cast(rate_, t) * m / (sqrt(v * cast(correction_, t)) + options_.eps);
  if (decoupled) next = next - cast(lr(), t) * weight_decay * p;
  gradient.set_part(parameter(k), next);
}

}  // namespace tenon::optim
