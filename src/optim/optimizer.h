// What all optimizers share: the parameters, the learning rate, the slots, clipping and weight decay.
//
//   optim::Adam adam(model.parameters(), {{.lr = 1e-3}});
//   backward(cost, model.parameters());
//   adam.step();
#pragma once
#include <string>
#include <vector>

#include "optim/gradient.h"

namespace tenon::optim {

struct OptimizerOptions {
  double lr = 0;              ///< learning rate, above 0
  double weight_decay = 0;    ///< at least 0
  bool decay_biases = false;  ///< also decay parameters with fewer than two dimensions (biases, scales)
  double clip_norm = 0;       ///< gradients are scaled down to this norm, taken over all of them; 0: never
};

/// Changes parameters by their gradients. Of a table whose gradient comes from sparse lookups alone, only the rows that
/// were looked up change, and what is remembered of them: momentum, moments and weight decay of other rows wait. All
/// that it remembers from step to step, and the learning rate, are slots: they belong into the state of a jit-compiled
/// step and into checkpoints.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update from p.grad() of each parameter; throws Error naming the parameter that has none.
  void step();

  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// "optimizer.learning_rate", "optimizer.momentum.layers.0.weight", …
  const std::vector<Parameter>& state() const { return slots_; }

  double learning_rate() const { return lr_.value().item(); }
  void set_learning_rate(double lr);

 protected:
  Optimizer(std::vector<Parameter> parameters, const OptimizerOptions& options);

  /// Once per step, before the updates.
  virtual void begin_step() {}
  /// Updates parameter `k`; weight decay is what is left to do beside the gradient (0 for most).
  virtual void update(std::size_t k, const Gradient& gradient, double weight_decay) = 0;

  const Tensor& lr() const { return lr_; }
  Parameter& parameter(std::size_t k) { return parameters_[k]; }
  /// A slot "optimizer.NAME", and one like each parameter, "optimizer.NAME.PARAMETER", all 0.
  Parameter add_scalar(const std::string& name, double value = 0);
  std::vector<Parameter> add_like_parameters(const std::string& name);

 private:
  std::vector<Gradient> clipped_gradients() const;
  std::vector<Parameter> parameters_, slots_;
  OptimizerOptions options_;
  Parameter lr_;
};

}  // namespace tenon::optim
