#pragma once
#include "nn/module.h"
#include "op/math/functions.h"

namespace tenon::nn {

/// The hyperbolic tangent.
class Tanh final : public Module {
 public:
  Tensor forward(const Tensor& x) const override { return tenon::tanh(x); }
  std::string_view type() const override { return "tanh"; }
  bool in_place(bool) const override { return true; }
};

}  // namespace tenon::nn
