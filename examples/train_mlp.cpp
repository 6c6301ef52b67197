// A model of one's own, trained by a loop of one's own: tell points inside of a ring from points outside of it.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/rng.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "loss/cross_entropy.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "op/functions.h"
#include "optim/adam.h"

using namespace tenon;

// [model]
/// Layers are members; `add` registers them, which names their weights "hidden.weight", "hidden.bias", …
struct Classifier : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(2, 32));
  nn::Linear out = add("out", nn::Linear(32, 2));

  Tensor forward(const Tensor& x) const override { return out(tanh(hidden(x))); }
};
// []

/// Points in the plane, f32[N,2], and their classes, i64[N]: 1 within a ring of radius 1 to 2 around the middle.
std::pair<Tensor, Tensor> ring(i64 count, std::uint64_t seed) {
  Rng rng(seed);
  Array points(DType::F32, {count, 2}), classes(DType::I64, {count});
  for (i64 n = 0; n < count; ++n) {
    const double radius = 3 * rng.uniform(), angle = 2 * std::numbers::pi * rng.uniform();
    points.set(2 * n, radius * std::cos(angle));
    points.set(2 * n + 1, radius * std::sin(angle));
    classes.set(n, Number::of_int(radius > 1 && radius < 2));
  }
  return {Tensor(points), Tensor(classes)};
}

int main() {
  // [loop]
  const nn::InitScope seed(1);
  const Classifier model;
  const loss::CrossEntropy cost;
  optim::Adam adam(model.parameters(), {{.lr = 0.02}});

  for (int step = 1; step <= 200; ++step) {
    const auto [points, classes] = ring(256, static_cast<std::uint64_t>(step));
    const Tensor c = cost(model(points), classes);  // recorded; nothing is computed yet
    backward(c, model.parameters());                // gradients: more nodes of the same graph
    adam.step();                                    // new weights: more nodes
    if (step % 50 == 0) fmt::print("step {:3}  cost {:.3f}\n", step, c.item());  // reading computes all of them
  }
  // []

  // [jit]
  std::vector<Parameter> state = model.state();
  state.insert(state.end(), adam.state().begin(), adam.state().end());
  Jit step = jit(
      [&](std::span<const Tensor> batch) -> std::vector<Tensor> {
        const Tensor c = cost(model(batch[0]), batch[1]);
        backward(c, model.parameters());
        adam.step();
        return {c};
      },
      state);
  double last = 0;
  for (int k = 1; k <= 800; ++k) {
    const auto [points, classes] = ring(256, std::uint64_t{1000} + static_cast<std::uint64_t>(k));
    adam.set_learning_rate(0.02 * (1 - k / 1000.0));  // an input of the program: nothing is compiled again
    last = step({points, classes})[0].item();
  }
  fmt::print("after 800 more steps of one program: cost {:.3f}\n", last);
  // []

  const auto [points, classes] = ring(2000, 0);
  const double right = mean(cast(equal(arg_max(model(points), 1), classes), DType::F32)).item();
  fmt::print("{:.1f} % of new points are told right\n", 100 * right);
  return right > 0.95 ? 0 : 1;
}
