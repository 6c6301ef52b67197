#pragma once
#include "nn/definition.h"
#include "nn/module.h"
#include "op/activation/functions.h"

namespace tenon::nn {

/// x P(normal < x) (Hendrycks and Gimpel 2016), exact or by the formula with tanh.
class Gelu final : public Module {
 public:
  explicit Gelu(bool approximate = false) : approximate_(approximate) {}
  static ModulePtr from(const Definition& d) { return std::make_shared<Gelu>(d.boolean("approximate")); }

  Tensor forward(const Tensor& x) const override { return gelu(x, approximate_ ? "tanh" : "none"); }
  std::string_view type() const override { return "gelu"; }
  nlohmann::json definition() const override { return {{"type", type()}, {"approximate", approximate_}}; }
  bool in_place(bool training) const override { return !training; }

 private:
  bool approximate_;
};

}  // namespace tenon::nn
