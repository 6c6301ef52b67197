#pragma once
#include "nn/definition.h"
#include "nn/init.h"
#include "nn/module.h"
#include "op/random/functions.h"
#include "op/shape/functions.h"

namespace tenon::nn {

/// While training, each element is 0 with probability `rate`, else x / (1 - rate) (Srivastava et al. 2014); else x.
/// The key of its random numbers is a slot, "key", that every use in training advances: masks differ from step to step
/// and from layer to layer, and a model that is saved and loaded goes on with the same ones.
class Dropout final : public Module {
 public:
  /// 0 <= rate < 1
  explicit Dropout(double rate = 0.5) : rate_(rate) {
    require(rate >= 0 && rate < 1, "dropout: the rate is {}, expected 0 <= rate < 1", rate);
  }
  static ModulePtr from(const Definition& d) { return std::make_shared<Dropout>(d.number("rate", 0, 1)); }

  Tensor forward(const Tensor& x) const override {
    if (!training() || rate_ == 0) return x;
    const Tensor keys = split_key(key_.value());
    Parameter key = key_;
    key.set(select(keys, 0, 0));
    return tenon::dropout(x, select(keys, 0, 1), rate_);
  }
  std::string_view type() const override { return "dropout"; }
  nlohmann::json definition() const override { return {{"type", type()}, {"rate", rate_}}; }
  bool in_place(bool training) const override { return !training; }

 private:
  double rate_;
  Parameter key_ = add("key", init::key(), false);
};

}  // namespace tenon::nn
