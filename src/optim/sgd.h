#pragma once
#include "optim/optimizer.h"

namespace tenon::optim {

struct SgdOptions : OptimizerOptions {
  double momentum = 0;    ///< 0 to 1; usually 0.9
  bool nesterov = false;  ///< needs momentum
};

/// Stochastic gradient descent. With g the gradient plus weight_decay p, and momentum u (Polyak 1964):
///   v = u v + g;  p = p - lr v
/// Nesterov's form (Sutskever et al. 2013) takes p = p - lr (g + u v).
class Sgd final : public Optimizer {
 public:
  Sgd(std::vector<Parameter> parameters, const SgdOptions& options);

 protected:
  void update(std::size_t k, const Gradient& gradient, double weight_decay) override;

 private:
  double momentum_;
  bool nesterov_;
  std::vector<Parameter> velocity_;
};

}  // namespace tenon::optim
