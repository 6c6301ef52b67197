// The code of docs/differentiation.md: derivatives of all kinds.
#include <fmt/format.h>

#include <map>
#include <string>

#include "eager/grad.h"
#include "eager/transform.h"
#include "op/functions.h"

namespace {

using namespace tenon;
using Tensors = std::vector<Tensor>;
using Arguments = std::span<const Tensor>;

Tensor doubles(std::initializer_list<double> values, Shape shape) { return Tensor::from(values, std::move(shape)); }

void modes() {
  // [modes]
  auto f = [](Arguments p) { return Tensors{sin(p[0]) * sum(p[0])}; };
  Tensor x = doubles({1, 2}, {2});

  auto [values, tangents] = jvp(f, {x}, {doubles({1, 0}, {2})});  // J v
  fmt::print("f(x) {}\nalong (1, 0) {}\n", to_string(values[0]), to_string(tangents[0]));

  Pulled pulled = vjp(f, {x});  // J^T w
  fmt::print("back from (1, 0) {}\n", to_string(pulled.pull_back(Tensors{doubles({1, 0}, {2})})[0]));
  fmt::print("{}\n", to_string(jacobian(f, {x})[0][0]));
  // []
}

void second_order() {
  // [second]
  auto f = [](Arguments p) { return Tensors{sum(p[0] * p[0] * p[0]) + prod(p[0])}; };
  Tensor x = doubles({2, 3}, {2});
  fmt::print("Hessian {}\n", to_string(hessian(f, {x})[0][0]));
  fmt::print("times (1, 10) {}\n", to_string(hvp(f, {x}, {doubles({1, 10}, {2})})[0]));
  // []
}

void loops() {
  // [loops]
  // Newton's steps towards the root of a, as many as it takes: no bound, so forward mode alone.
  const std::vector<Type> state{{DType::F64, {}}, {DType::F64, {}}};
  auto far = make_function(
      "far", state, [](std::span<const Value> p) { return std::vector<Value>{abs(p[0] * p[0] - p[1]) > 1e-12}; });
  auto newton = make_function(
      "newton", state, [](std::span<const Value> p) { return std::vector<Value>{(p[0] + p[1] / p[0]) / 2, p[1]}; });
  auto root = [&](Arguments p) { return Tensors{while_loop(far, newton, Tensors{p[0], p[0]})[0]}; };
  auto [value, slope] = jvp(root, {doubles({2}, {})}, {doubles({1}, {})});
  fmt::print("root of 2: {:.6f}, its slope {:.6f}\n", value[0].item(), slope[0].item());

  auto roots = vmap(root)(Tensors{doubles({1, 4, 9}, {3})});
  fmt::print("of 1, 4, 9: {}\n", to_string(roots[0]));
  // []
}

void samples() {
  // [samples]
  Tensor w = doubles({1, -1}, {2}), x = doubles({1, 2, 3, 4, 5, 6}, {3, 2}), y = doubles({0, 0, 1}, {3});
  auto gradient = [](Arguments p) {  // of one sample: weights, inputs, target
    Tensor error = sum(p[0] * p[1]) - p[2];
    return grad(error * error, {p[0]});
  };
  Tensor each = vmap(gradient, {std::nullopt, 0, 0})(Tensors{w, x, y})[0];
  fmt::print("{}\n", to_string(each));
  Tensor norms = sqrt(sum(each * each, {1}, true));
  fmt::print("clipped to length 1 and summed: {}\n", to_string(sum(each / maximum(norms, 1), {0})));
  // []
}

void memory() {
  // [checkpoint]
  Tensor w = full<Tensor>({4, 4}, 0.1), x = full<Tensor>({2, 4}, 1.0);
  w.track();
  auto block = checkpoint([&](Arguments p) { return Tensors{tanh(matmul(tanh(matmul(p[0], w)), w))}; });
  Tensor h = x;
  for (int k = 0; k < 4; ++k) h = block(Tensors{h})[0];
  Tensor gradient = grad(sum(h), {w})[0];  // computes each block again, the last one first
  fmt::print("{}\n", to_string(gradient.shape()));
  // []
}

void custom() {
  // [custom]
  auto rounded = custom_gradient([](Arguments p) { return Tensors{round(p[0])}; },
                                 [](Arguments p) { return Tensors{p[2]}; });  // of x, round(x), gradient
  Tensor x = doubles({0.4, 1.6}, {2});
  x.track();
  Tensor y = rounded(Tensors{x})[0];
  fmt::print("{}, gradient of its squares {}\n", to_string(y), to_string(grad(sum(y * y), {x})[0]));
  // []
}

}  // namespace

int main(int count, char** names) {
  const std::map<std::string, void (*)()> parts{
      {"modes", modes},     {"second", second_order}, {"loops", loops},
      {"samples", samples}, {"checkpoint", memory},   {"custom", custom},
  };
  for (const auto& [name, part] : parts)
    if (count < 2 || name == names[1]) part();
  return count < 2 || parts.count(names[1]) ? 0 : 1;
}
