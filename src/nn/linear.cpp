#include "nn/linear.h"

#include "nn/init.h"
#include "op/nn/functions.h"

namespace tenon::nn {

Linear::Linear(i64 in, i64 out, bool bias) {
  require(in >= 1 && out >= 1, "linear: {} inputs and {} outputs; expected at least 1 of each", in, out);
  weight_ = add("weight", init::kaiming_normal({out, in}, in));
  if (bias) bias_ = add("bias", init::constant({out}, 0));
}

ModulePtr Linear::from(const Definition& d) {
  return std::make_shared<Linear>(d.integer("in", 1, Definition::kMostUnits),
                                  d.integer("out", 1, Definition::kMostUnits), d.boolean("bias"));
}

Tensor Linear::forward(const Tensor& x) const {
  return bias_.defined() ? linear<Tensor>(x, weight_, bias_) : linear<Tensor>(x, weight_);
}

nlohmann::json Linear::definition() const {
  return {{"type", type()}, {"in", in()}, {"out", out()}, {"bias", bias_.defined()}};
}

}  // namespace tenon::nn
