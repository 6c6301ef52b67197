#pragma once
#include "optim/optimizer.h"

namespace tenon::optim {

struct AdamOptions : OptimizerOptions {
  double beta1 = 0.9, beta2 = 0.999;  ///< 0 to 1
  double eps = 1e-3;                  ///< 1e-8 in the paper; larger damps steps along small gradients
  bool decoupled = true;              ///< weight decay beside the gradient (AdamW) instead of inside of it
};

/// Adam (Kingma and Ba 2015); with decoupled weight decay, AdamW (Loshchilov and Hutter 2019). With g the gradient:
///   m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
///   p = p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) - lr weight_decay p
class Adam final : public Optimizer {
 public:
  Adam(std::vector<Parameter> parameters, const AdamOptions& options);

 protected:
  void begin_step() override;
  void update(std::size_t k, const Gradient& gradient, double weight_decay) override;

 private:
  AdamOptions options_;
  /// 1 - b1^t and 1 - b2^t, carried from step to step as the moments of a gradient that is always 1, since the
  /// difference would lose the digits that the moments have.
  Parameter weight1_, weight2_;
  std::vector<Parameter> first_, second_;
  Tensor rate_, correction_;  ///< of the step under way: lr / (1 - b1^t) and 1 / (1 - b2^t)
};

}  // namespace tenon::optim
