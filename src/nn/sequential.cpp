#include "nn/sequential.h"

#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/registry.h"
#include "nn/relu.h"

namespace tenon::nn {

ModulePtr Sequential::from(const Definition& d) {
  auto all = std::make_shared<Sequential>();
  for (const Definition& layer : d.list("layers")) all->append(build_module(layer));
  return all;
}

void Sequential::append(ModulePtr module) { adopt(fmt::format("layers.{}", size()), std::move(module)); }

Tensor Sequential::forward(const Tensor& x) const {
  Tensor y = x;
  for (const ModulePtr& layer : children()) y = (*layer)(y);
  return y;
}

nlohmann::json Sequential::definition() const {
  auto layers = nlohmann::json::array();
  for (const ModulePtr& layer : children()) layers.push_back(layer->definition());
  return {{"type", type()}, {"layers", std::move(layers)}};
}

Sequential mlp(i64 in, const std::vector<i64>& hidden, i64 out, double dropout) {
  Sequential all;
  for (i64 units : hidden) {
    all.append(Linear(in, units));
    all.append(Relu());
    if (dropout > 0) all.append(Dropout(dropout));
    in = units;
  }
  all.append(Linear(in, out));
  return all;
}

}  // namespace tenon::nn
