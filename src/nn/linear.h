#pragma once
#include "nn/definition.h"
#include "nn/module.h"

namespace tenon::nn {

/// x weight^T + bias: x[…, in], "weight" [out, in], "bias" [out]. Weights begin Kaiming-normal, biases at 0.
class Linear final : public Module {
 public:
  /// Both at least 1.
  Linear(i64 in, i64 out, bool bias = true);
  static ModulePtr from(const Definition& d);

  i64 in() const { return weight_.shape()[1]; }
  i64 out() const { return weight_.shape()[0]; }
  const Parameter& weight() const { return weight_; }
  const Parameter& bias() const { return bias_; }  ///< undefined where there is none

  Tensor forward(const Tensor& x) const override;
  std::string_view type() const override { return "linear"; }
  nlohmann::json definition() const override;

 private:
  Parameter weight_, bias_;
};

}  // namespace tenon::nn
