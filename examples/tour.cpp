// The code of README.md: a model of one's own, trained, saved and used.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "data/loader.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "nn/init.h"
#include "nn/layers.h"
#include "op/functions.h"
#include "optim/adam.h"
#include "tensor/safetensors.h"

// [model]
using namespace tenon;

struct Net : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(2, 32));
  nn::Linear out = add("out", nn::Linear(32, 2));
  Tensor forward(const Tensor& x) const override { return out(tanh(hidden(x))); }
};
// []

namespace {

struct Points {
  Tensor position, arm;
};

/// Two arms of a spiral, wound into each other.
Points spiral(i64 count) {
  Array x(DType::F32, {count, 2}), y(DType::I64, {count});
  Rng rng(1);
  for (i64 k = 0; k < count; ++k) {
    double turn = rng.uniform(), angle = 2 * std::numbers::pi * turn + (k % 2 == 0 ? 0 : std::numbers::pi);
    x.set(2 * k, 3 * (turn + 0.1) * std::cos(angle));
    x.set(2 * k + 1, 3 * (turn + 0.1) * std::sin(angle));
    y.set(k, Number::of_int(k % 2));
  }
  return {Tensor(x), Tensor(y)};
}

}  // namespace

int main() {
  Points points = spiral(512);
  // [train]
  nn::InitScope init(7);
  Net net;
  optim::Adam adam(net.parameters(), {{.lr = 0.02}});

  std::vector<Parameter> state = net.state();
  for (const Parameter& slot : adam.state()) state.push_back(slot);
  Jit step = jit(
      [&](std::span<const Tensor> batch) -> std::vector<Tensor> {
        Tensor cost = cross_entropy(net(batch[0]), batch[1]);
        backward(cost, net.parameters());
        adam.step();
        return {cost};
      },
      state, "step");

  for (int k = 1; k <= 1000; ++k) {
    Tensor cost = step({points.position, points.arm})[0];
    if (k % 250 == 0) fmt::print("step {}: cost {:.3f}\n", k, cost.item());
  }
  // []

  // [use]
  Tensor guess = arg_max(net(points.position), 1);  // recorded, not computed
  double right = mean(cast(equal(guess, points.arm), DType::F32)).item();
  fmt::print("{:.1f} % of the points are on the right arm\n", 100 * right);

  SafeTensors file;
  for (const Parameter& p : net.parameters()) file.tensors[p.name()] = p.value().data();
  write_safetensors("spiral.safetensors", file);
  // []
  if (right < 0.95) return fmt::print(stderr, "the model has not learned\n"), 1;
}
