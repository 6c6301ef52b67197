#include "optim/optimizer.h"

#include <cmath>

#include "op/functions.h"

namespace tenon::optim {

Optimizer::Optimizer(std::vector<Parameter> parameters, const OptimizerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  require(!parameters_.empty(), "optimizer: there are no parameters to train");
  for (const Parameter& p : parameters_)
    require(is_float(p.type().dtype), "optimizer: parameter {} is {}, expected a float type", p.name(), p.type());
  require(options.weight_decay >= 0, "optimizer: weight decay is {}, expected at least 0", options.weight_decay);
  require(options.clip_norm >= 0, "optimizer: the clipping norm is {}, expected at least 0", options.clip_norm);
  lr_ = add_scalar("learning_rate");
  set_learning_rate(options.lr);
}

void Optimizer::set_learning_rate(double lr) {
  require(std::isfinite(lr) && lr >= 0, "optimizer: the learning rate is {}, expected a number of at least 0", lr);
  lr_.set(Tensor::scalar(lr));
}

void Optimizer::step() {
  const std::vector<Gradient> gradients = clipped_gradients();
  Parameter::Changes changes;
  begin_step();
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    const bool decays = options_.decay_biases || parameters_[k].shape().size() >= 2;
    update(k, gradients[k], decays ? options_.weight_decay : 0);
  }
  changes.keep();
}

std::vector<Gradient> Optimizer::clipped_gradients() const {
  std::vector<Gradient> gradients;
  for (const Parameter& p : parameters_) {
    require(p.grad().defined(),
            "optimizer: parameter {} has no gradient; call backward(cost, parameters) before step()", p.name());
    gradients.push_back(Gradient::of(p));
  }
  if (options_.clip_norm == 0) return gradients;
  Tensor total;
  for (const Gradient& g : gradients) {
    const Tensor squares = cast(sum(square(g.value())), DType::F32);
    total = total.defined() ? total + squares : squares;
  }
  const Tensor factor = options_.clip_norm / maximum(sqrt(total), options_.clip_norm);
  for (Gradient& g : gradients) g = g.scaled(factor);
  return gradients;
}

Parameter Optimizer::add_scalar(const std::string& name, double value) {
  slots_.emplace_back("optimizer." + name, Tensor::scalar(value), false);
  return slots_.back();
}

std::vector<Parameter> Optimizer::add_like_parameters(const std::string& name) {
  std::vector<Parameter> added;
  for (const Parameter& p : parameters_) {
    added.emplace_back(fmt::format("optimizer.{}.{}", name, p.name()), Tensor::zeros(p.shape(), p.type().dtype), false);
    slots_.push_back(added.back());
  }
  return added;
}

}  // namespace tenon::optim
