#pragma once
#include "nn/module.h"
#include "op/activation/functions.h"

namespace tenon::nn {

/// x sigmoid(x) (Ramachandran et al. 2017).
class Silu final : public Module {
 public:
  Tensor forward(const Tensor& x) const override { return tenon::silu(x); }
  std::string_view type() const override { return "silu"; }
  bool in_place(bool training) const override { return !training; }
};

}  // namespace tenon::nn
