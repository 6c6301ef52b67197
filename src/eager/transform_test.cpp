#include "eager/transform.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "base/rng.h"
#include "compile/executable.h"
#include "eager/effects.h"
#include "eager/grad.h"
#include "nn/dropout.h"
#include "op/functions.h"

namespace tenon {
namespace {

using Tensors = std::vector<Tensor>;
using Arguments = std::span<const Tensor>;

Tensor doubles(std::initializer_list<double> values, Shape shape) { return Tensor::from(values, std::move(shape)); }

Tensor random_doubles(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  Array a(DType::F64, std::move(shape));
  for (i64 k = 0; k < a.count(); ++k) a.set(k, 2 * rng.uniform() - 1);
  return Tensor(a);
}

void expect_numbers(const Tensor& given, const std::vector<double>& expected, double within = 1e-13) {
  ASSERT_EQ(given.count(), static_cast<i64>(expected.size()));
  for (i64 k = 0; k < given.count(); ++k)
    EXPECT_NEAR(given.data().to_contiguous().at(k).as_double(), expected[static_cast<std::size_t>(k)], within)
        << "element " << k;
}
void expect_same(const Tensor& given, const Tensor& expected, double within = 1e-13) {
  ASSERT_EQ(given.type(), expected.type());
  expect_numbers(given, expected.to_vector<double>(), within);
}

// --- jvp and vjp

TEST(Transform, JvpOfAClosedForm) {
  const Tensor x = doubles({1, 2}, {2}), v = doubles({1, 10}, {2});
  const auto [values, tangents] =
      jvp([](Arguments p) { return Tensors{sin(p[0]), sum(p[0] * p[0]), arg_max(p[0], 0)}; }, {x}, {v});
  expect_numbers(values[0], {std::sin(1.0), std::sin(2.0)});
  expect_numbers(tangents[0], {std::cos(1.0), 10 * std::cos(2.0)});
  expect_numbers(tangents[1], {2 * 1 + 2 * 20.0});
  EXPECT_FALSE(tangents[2].defined());
}

TEST(Transform, FunctionsThatReadValues) {
  auto power = [](Arguments p) {
    Tensor y = p[0];
    while (y.item() < 100) y = y * p[0];  // 3^5 = 243
    return Tensors{y};
  };
  const Tensor x = doubles({3}, {});
  expect_numbers(jvp(power, {x}, {doubles({1}, {})}).tangents[0], {5 * 81});
  const Pulled pulled = vjp(power, {x});
  expect_numbers(pulled.values[0], {243});
  expect_numbers(pulled.pull_back(Tensors{doubles({2}, {})})[0], {10 * 81});
}

TEST(Transform, ArgumentsAreIndependent) {
  Tensor x = doubles({2}, {});
  x.track();
  const Tensor y = x * x;  // as an argument, it does not move with x
  const Pulled pulled = vjp([](Arguments p) { return Tensors{p[0] * p[1]}; }, {x, y});
  const Tensors g = pulled.pull_back(Tensors{doubles({1}, {})});
  expect_numbers(g[0], {4});
  expect_numbers(g[1], {2});
  expect_numbers(grad(pulled.values[0], {x})[0], {12});  // but outside both are functions of x: x^3
}

TEST(Transform, MissingDirectionsAndGradients) {
  auto f = [](Arguments p) { return Tensors{p[0] * p[1], p[1]}; };
  const Tensor x = doubles({3}, {}), y = doubles({5}, {}), one = doubles({1}, {});
  const Pushed pushed = jvp(f, {x, y}, {one, Tensor()});
  expect_numbers(pushed.tangents[0], {5});
  expect_numbers(pushed.tangents[1], {0});
  const Tensors pulled = vjp(f, {x, y}).pull_back(Tensors{Tensor(), one});
  expect_numbers(pulled[0], {0});
  expect_numbers(pulled[1], {1});
}

TEST(Transform, GradientOfAJvp) {
  Tensor x = doubles({2}, {});
  x.track();
  const Tensor slope =
      jvp([](Arguments p) { return Tensors{p[0] * p[0] * p[0]}; }, {x}, {doubles({1}, {})}).tangents[0];
  expect_numbers(slope, {12});
  expect_numbers(grad(slope, {x})[0], {12});  // 6 x
}

// --- jacobian, hessian, hvp

TEST(Transform, JacobianOfALinearMapIsItsMatrix) {
  const Tensor a = random_doubles({2, 3}, 1), x = random_doubles({3}, 2);
  for (JacobianMode mode : {JacobianMode::Forward, JacobianMode::Reverse, JacobianMode::Auto})
    expect_same(jacobian([&](Arguments p) { return Tensors{matmul(a, p[0])}; }, {x}, mode)[0][0], a);
}

TEST(Transform, JacobiansHaveTheShapesOfBoth) {
  const Tensor x = random_doubles({2, 2}, 3), y = random_doubles({3}, 4);
  auto f = [](Arguments p) { return Tensors{sin(p[0]), reshape(sum(p[0]) * p[1] * p[1], {3, 1})}; };
  const auto forward = jacobian(f, {x, y}, JacobianMode::Forward), reverse = jacobian(f, {x, y}, JacobianMode::Reverse);
  EXPECT_EQ(forward[0][0].shape(), (Shape{2, 2, 2, 2}));
  EXPECT_EQ(forward[1][0].shape(), (Shape{3, 1, 2, 2}));
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 2; ++j) expect_same(forward[i][j], reverse[i][j]);
  std::vector<double> diagonal(16, 0), by_y(9, 0);
  double total = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    diagonal[5 * k] = std::cos(x.to_vector<double>()[k]);
    total += x.to_vector<double>()[k];
  }
  for (std::size_t k = 0; k < 3; ++k) by_y[4 * k] = 2 * total * y.to_vector<double>()[k];
  expect_numbers(forward[0][0], diagonal);
  expect_numbers(forward[0][1], std::vector<double>(12, 0));
  expect_numbers(forward[1][1], by_y);
}

/// (1 - x)^2 + 100 (y - x^2)^2
Tensors rosenbrock(Arguments p) {
  const Tensor x = slice(p[0], {0}, {1}), y = slice(p[0], {1}, {2});
  return {sum(square(1 - x) + 100 * square(y - square(x)))};
}

TEST(Transform, HessianOfRosenbrock) {
  const double x = -1.2, y = 1;
  const Tensor at = doubles({x, y}, {2});
  const std::vector<double> expected{1200 * x * x - 400 * y + 2, -400 * x, -400 * x, 200};
  expect_numbers(hessian(rosenbrock, {at})[0][0], expected, 1e-10);
  const double v = 0.5, w = -2;
  expect_numbers(hvp(rosenbrock, {at}, {doubles({v, w}, {2})})[0],
                 {expected[0] * v + expected[1] * w, expected[2] * v + expected[3] * w}, 1e-10);
}

TEST(Transform, HessianBlocks) {
  const Tensor x = random_doubles({2}, 5), y = random_doubles({3}, 6), a = random_doubles({2, 3}, 7);
  auto f = [&](Arguments p) { return Tensors{sum(matmul(p[0], a) * p[1])}; };  // x^T a y
  const auto h = hessian(f, {x, y});
  expect_numbers(h[0][0], std::vector<double>(4, 0));
  expect_same(h[0][1], a);
  expect_same(h[1][0], transpose(a));
  const Tensor v = random_doubles({2}, 8);
  expect_same(hvp(f, {x, y}, {v, Tensor()})[1], matmul(v, a));
}

TEST(Transform, HessianThroughALayer) {
  // Softmax regression: the Hessian of log-sum-exp is diag(p) - p p^T.
  const Tensor x = random_doubles({4}, 9);
  const auto p = softmax(x, 0).to_vector<double>();
  std::vector<double> expected;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) expected.push_back((i == j ? p[i] : 0) - p[i] * p[j]);
  expect_numbers(hessian([](Arguments t) { return Tensors{log_sum_exp(t[0], {0})}; }, {x})[0][0], expected);
  const auto through = jacobian([](Arguments t) { return Tensors{softmax(t[0], 0)}; }, {x})[0][0];
  expect_numbers(through, expected);
}

// --- vmap

TEST(Transform, GradientsForEachSample) {
  const i64 samples = 5;
  const Tensor w = random_doubles({3, 2}, 10), b = random_doubles({2}, 11), x = random_doubles({samples, 3}, 12);
  const Tensor y = Tensor::from<std::int64_t>({0, 1, 1, 0, 1}, {samples});
  auto loss = [](Arguments p) {
    const Tensor logits = matmul(tanh(p[2]), p[0]) + p[1];
    return log_sum_exp(logits, {0}) - sum(logits * one_hot(p[3], 2, DType::F64));
  };
  auto gradients_of_one = [&](Arguments p) { return grad(loss(p), {p[0], p[1]}); };
  const Tensors each = vmap(gradients_of_one, {std::nullopt, std::nullopt, 0, 0})(Tensors{w, b, x, y});
  EXPECT_EQ(each[0].shape(), (Shape{samples, 3, 2}));
  for (i64 k = 0; k < samples; ++k) {
    const Tensors one = gradients_of_one(Tensors{w, b, select(x, 0, k), select(y, 0, k)});
    for (std::size_t g = 0; g < 2; ++g) expect_same(select(each[g], 0, k), one[g]);
  }
}

TEST(Transform, VmapCapturesAndPlacesAxes) {
  Tensor w = doubles({1, 10, 100}, {3});
  w.track();
  const Tensor x = doubles({1, 2, 3, 4, 5, 6}, {3, 2});
  const TensorFunction f = vmap([&](Arguments p) { return Tensors{p[0] * w, sum(p[0] * w)}; }, {1}, {-1, 0});
  const Tensors out = f(Tensors{x});
  EXPECT_EQ(out[0].shape(), (Shape{3, 2}));
  expect_numbers(out[1], {531, 642});
  expect_numbers(grad(sum(out[1]), {w})[0], {3, 7, 11});
}

TEST(Transform, JitOfVmap) {
  const Jit f = jit([](Arguments p) {
    return vmap([](Arguments q) { return jacobian([](Arguments r) { return Tensors{r[0] * r[0]}; }, q)[0]; })(p);
  });
  Jit run = f;
  const Tensors out = run(Tensors{doubles({1, 2, 3, 4}, {2, 2})});
  expect_numbers(out[0], {2, 0, 0, 4, 6, 0, 0, 8});
  run(Tensors{doubles({1, 2, 3, 5}, {2, 2})});
  EXPECT_EQ(run.traces(), 1u);
}

// --- checkpoint, custom_gradient

TEST(Transform, CheckpointsChangeNoNumber) {
  Tensor w = random_doubles({4, 4}, 13), x = random_doubles({3, 4}, 14);
  w.track(), x.track();
  auto block = [&](Arguments p) { return Tensors{tanh(matmul(p[0], w)) + p[0]}; };
  auto run = [&](const TensorFunction& f) {
    Tensor h = x;
    for (int k = 0; k < 3; ++k) h = f(Tensors{h})[0];
    const Tensor cost = sum(h * h);
    Tensors all = grad(cost, {w, x});
    all.push_back(cost);
    all.push_back(grad(sum(square(all[0])), {x})[0]);
    return all;
  };
  const Tensors plain = run(block), again = run(checkpoint(block));
  for (std::size_t k = 0; k < plain.size(); ++k) expect_same(again[k], plain[k], 1e-11);
  const Tensor v = random_doubles({3, 4}, 15);
  expect_same(jvp(checkpoint(block), {x}, {v}).tangents[0], jvp(block, {x}, {v}).tangents[0]);
}

/// Bytes of the arena for the gradients of a deep net, whose blocks of layers are checkpoints or not.
i64 arena_of_deep_net(bool checkpoints) {
  const i64 rows = 256, width = 32, blocks = 8, layers = 8;
  const Type x{DType::F32, {rows, width}}, w{DType::F32, {width, width}};
  Function f{"deep", {Value(Node::parameter(x), 0)}, {}};
  Value h = f.parameters[0];
  std::vector<std::size_t> wrt;
  for (i64 b = 0; b < blocks; ++b) {
    std::vector<Value> args{h};
    std::vector<Type> types{x};
    for (i64 k = 0; k < layers; ++k) {
      wrt.push_back(f.parameters.size());
      args.push_back(f.parameters.emplace_back(Node::parameter(w), 0));
      types.push_back(w);
    }
    const auto block = make_function("block", types, [](std::span<const Value> p) {
      Value y = p[0];
      for (const Value& weight : p.subspan(1)) y = tanh(matmul(y, weight));
      return std::vector<Value>{y};
    });
    h = checkpoints ? checkpoint(block, args)[0] : inline_call(*block, args)[0];
  }
  f.results = {sum(h)};
  return executable(with_gradients(f, wrt), "test")->program()->data().arena_bytes;
}

TEST(Transform, CheckpointsOfADeepNetNeedAFractionOfTheMemory) {
  // 64 layers keep 64 activations, or the 8 in front of the blocks and the 8 of one block.
  const i64 plain = arena_of_deep_net(false), again = arena_of_deep_net(true);
  EXPECT_LT(3 * again, plain) << again << " and " << plain;
}

TEST(Transform, CheckpointedFunctionsSetTheirState) {
  Parameter mean_of("mean", doubles({0}, {}), false), calls("calls", doubles({0}, {}), false);
  auto layer = [&](Arguments p) {
    mean_of.set(mean_of.value() * 0.5 + mean(p[0]) * 0.5);
    calls.set(calls.value() + 1);
    return Tensors{p[0] * 2};
  };
  const TensorFunction f = checkpoint(layer);
  const Tensor x = doubles({1, 3}, {2});
  expect_numbers(f(Tensors{x})[0], {2, 6});
  expect_numbers(f(Tensors{x})[0], {2, 6});
  expect_numbers(mean_of.value(), {1.5});
  expect_numbers(calls.value(), {2});
}

TEST(Transform, CheckpointsDropTheSameElementsAgain) {
  nn::InitScope init(4);
  nn::Dropout layer(0.5);
  layer.train();
  Tensor x = Tensor::ones({200});
  x.track();
  const TensorFunction f = checkpoint([&](Arguments p) { return Tensors{layer(p[0]) * sum(p[0])}; });
  const Tensor first = f(Tensors{x})[0], second = f(Tensors{x})[0];
  const Tensor g = grad(sum(first), {x})[0];  // d(m x s) = m s + sum(m x), with sum 200 of x
  const double kept = sum(first).item() / 200;
  const auto given = g.to_vector<float>(), value = first.to_vector<float>();
  for (std::size_t k = 0; k < 200; ++k) EXPECT_NEAR(given[k], value[k] + kept, 1e-3) << "element " << k;
  EXPECT_NE(first.to_vector<float>(), second.to_vector<float>()) << "but each call draws anew";
}

TEST(Transform, StraightThrough) {
  auto rounded =
      custom_gradient([](Arguments p) { return Tensors{round(p[0])}; }, [](Arguments p) { return Tensors{p[2]}; });
  Tensor x = doubles({0.4, 1.6}, {2});
  x.track();
  const Tensor y = rounded(Tensors{x})[0];
  expect_numbers(y, {0, 2});
  expect_numbers(grad(sum(y * y), {x})[0], {0, 4});
  expect_numbers(jvp(rounded, {x}, {doubles({1, 2}, {2})}).tangents[0], {1, 2});
  auto one = [&](Arguments p) { return Tensors{grad(sum(square(rounded(p)[0])), {p[0]})[0]}; };
  expect_numbers(vmap(one)(Tensors{doubles({0.4, 1.6}, {2, 1})})[0], {0, 4});
}

TEST(Transform, CustomGradientsThroughExamplesAreSummed) {
  // The gradient of the shared operand counts 10 for each example, whatever the function says.
  auto f = custom_gradient([](Arguments p) { return Tensors{p[0] * p[1]}; },
                           [](Arguments p) { return Tensors{p[3] * 10, p[3] * 0}; });
  Tensor w = doubles({2}, {});
  w.track();
  const Tensor out = vmap([&](Arguments p) { return f(Tensors{w, p[0]}); })(Tensors{doubles({1, 2, 3}, {3})})[0];
  expect_numbers(out, {2, 4, 6});
  expect_numbers(grad(sum(out), {w})[0], {30});
}

TEST(Transform, WhatCustomFunctionsCapture) {
  const Tensor scale = doubles({3}, {}), slope = doubles({7}, {});
  auto f = custom_gradient([&](Arguments p) { return Tensors{p[0] * scale}; },
                           [&](Arguments p) { return Tensors{p[2] * slope}; });
  Tensor x = doubles({2}, {});
  x.track();
  const Tensor y = f(Tensors{x})[0];
  expect_numbers(y, {6});
  expect_numbers(grad(y, {x})[0], {7});
}

// --- mistakes

template <class F>
void expect_error(F&& f, std::string_view part) {
  const std::string message = error_of(f);
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Transform, Mistakes) {
  const Tensor x = doubles({1, 2}, {2}), ids = Tensor::from<std::int64_t>({1, 2}, {2});
  auto same = [](Arguments p) { return Tensors(p.begin(), p.end()); };
  expect_error([&] { jvp(same, {x}, {}); }, "0 directions for 1 arguments");
  expect_error([&] { jvp(same, {x}, {sum(x)}); }, "expected the type of its argument");
  expect_error([&] { jvp(same, {ids}, {ids}); }, "expected a float tensor");
  expect_error([&] { vjp(same, {x}).pull_back(Tensors{}); }, "0 gradients for 1 values");
  expect_error([&] { vjp(same, {x, ids}).pull_back(Tensors{x, ids}); }, "has no gradient");
  expect_error([&] { jacobian(same, {ids}); }, "expected a float tensor");
  expect_error([&] { hessian(same, {x}); }, "expected one element");
  expect_error([&] { hessian(same, {x, x}); }, "gives 2 results, expected one");
  expect_error([&] { vmap(same)(Tensors{x, doubles({1}, {1})}); }, "holds 2 examples and argument 1 holds 1");
  expect_error([&] { vmap(same, {std::nullopt})(Tensors{x}); }, "no argument has an axis");
  expect_error([&] { vmap(same, {1})(Tensors{x}); }, "has no axis 1");
  expect_error([&] { vmap([](Arguments p) { return Tensors{Tensor::scalar(p[0].item())}; })(Tensors{x}); }, "");
  expect_error([&] { vmap([](Arguments p) { return print("x", {p[0]}), Tensors{p[0]}; })(Tensors{x}); }, "prints");
  expect_error([&] { checkpoint([](Arguments) { return Tensors{Tensor()}; })(Tensors{x}); },
               "never been given a value");
  expect_error([&] { custom_gradient(same, [](Arguments) { return Tensors{}; })(Tensors{x}); },
               "nothing for argument 0");
  Parameter p("counter", doubles({0, 0}, {2}));
  expect_error(
      [&] {
        vmap([&](Arguments a) { return p.set(a[0] + p.value()), Tensors{a[0]}; })(
            Tensors{doubles({1, 2, 3, 4}, {2, 2})});
      },
      "sets parameter counter");
  expect_numbers(p.value(), {0, 0});
}

}  // namespace
}  // namespace tenon
