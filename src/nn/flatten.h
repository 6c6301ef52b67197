#pragma once
#include "nn/module.h"
#include "op/shape/functions.h"

namespace tenon::nn {

/// All dimensions but the first become one: [N,28,28] to [N,784].
class Flatten final : public Module {
 public:
  Tensor forward(const Tensor& x) const override { return tenon::flatten(x, 1); }
  std::string_view type() const override { return "flatten"; }
  bool in_place(bool) const override { return true; }
};

}  // namespace tenon::nn
