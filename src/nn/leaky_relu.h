#pragma once
#include "nn/definition.h"
#include "nn/module.h"
#include "op/activation/functions.h"

namespace tenon::nn {

/// x where it is positive, else slope x.
class LeakyRelu final : public Module {
 public:
  explicit LeakyRelu(double slope = 0.01) : slope_(slope) {}
  static ModulePtr from(const Definition& d) { return std::make_shared<LeakyRelu>(d.number("slope", -1e6, 1e6)); }

  Tensor forward(const Tensor& x) const override { return leaky_relu(x, slope_); }
  std::string_view type() const override { return "leaky_relu"; }
  nlohmann::json definition() const override { return {{"type", type()}, {"slope", slope_}}; }
  /// The sign of the output says that of the input where the slope is positive.
  bool in_place(bool training) const override { return !training || slope_ > 0; }

 private:
  double slope_;
};

}  // namespace tenon::nn
