#pragma once
#include "nn/module.h"
#include "op/activation/functions.h"

namespace tenon::nn {

/// 1 / (1 + exp(-x)).
class Sigmoid final : public Module {
 public:
  Tensor forward(const Tensor& x) const override { return tenon::sigmoid(x); }
  std::string_view type() const override { return "sigmoid"; }
  bool in_place(bool) const override { return true; }
};

}  // namespace tenon::nn
