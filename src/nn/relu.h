#pragma once
#include "nn/module.h"
#include "op/activation/functions.h"

namespace tenon::nn {

/// max(x, 0).
class Relu final : public Module {
 public:
  Tensor forward(const Tensor& x) const override { return tenon::relu(x); }
  std::string_view type() const override { return "relu"; }
  bool in_place(bool) const override { return true; }
};

}  // namespace tenon::nn
