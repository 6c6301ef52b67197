#include "autodiff/reverse.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/derivative.h"
#include "base/rng.h"
#include "expr/build.h"
#include "interpret/interpret.h"
#include "op/formula.h"
#include "op/functions.h"
#include "op/model.h"

namespace tenon {
namespace {

Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }
Value parameter(Type type) { return Value(Node::parameter(std::move(type)), 0); }

Array random_array(const Type& type, std::uint64_t seed) {
  Rng rng(seed);
  Array a(type);
  for (i64 k = 0; k < a.count(); ++k) a.set(k, 2 * rng.uniform() - 1);
  return a;
}

std::vector<Array> run(std::vector<Value> parameters, std::vector<Value> results, const std::vector<Array>& in) {
  return interpret(Function{"test", std::move(parameters), std::move(results)}, in);
}

/// Sums of a handful of products of numbers below 1 in f64: a few units of 1e-16.
void expect_near(const Array& given, const Array& expected) {
  ASSERT_EQ(given.type(), expected.type());
  for (i64 k = 0; k < given.count(); ++k)
    EXPECT_NEAR(given.at(k).as_double(), expected.at(k).as_double(), 1e-13) << "element " << k;
}

TEST(Reverse, TwoLayersByHand) {
  const i64 rows = 4, in = 3, hidden = 5, out = 2;
  Value x = parameter(f64({rows, in})), w = parameter(f64({in, hidden})), v = parameter(f64({hidden, out}));
  Value loss = sum(square(matmul(tanh(matmul(x, w)), v)));
  const std::vector<Value> wrt{x, w, v};
  std::vector<Array> data{random_array(x.type(), 1), random_array(w.type(), 2), random_array(v.type(), 3)};
  auto given = run(wrt, gradients(loss, wrt), data);

  auto at = [](const Array& a, i64 i, i64 j) { return a.at(i * a.dim(1) + j).as_double(); };
  Array h(f64({rows, hidden})), dy(f64({rows, out})), dz(f64({rows, hidden}));
  for (i64 i = 0; i < rows; ++i) {
    for (i64 j = 0; j < hidden; ++j) {
      double z = 0;
      for (i64 k = 0; k < in; ++k) z += at(data[0], i, k) * at(data[1], k, j);
      h.set(i * hidden + j, std::tanh(z));
    }
    for (i64 o = 0; o < out; ++o) {
      double y = 0;
      for (i64 j = 0; j < hidden; ++j) y += at(h, i, j) * at(data[2], j, o);
      dy.set(i * out + o, 2 * y);
    }
    for (i64 j = 0; j < hidden; ++j) {
      double dh = 0;
      for (i64 o = 0; o < out; ++o) dh += at(dy, i, o) * at(data[2], j, o);
      dz.set(i * hidden + j, dh * (1 - at(h, i, j) * at(h, i, j)));
    }
  }
  Array dx(x.type()), dw(w.type()), dv(v.type());
  auto fill = [](Array& a, auto&& element) {
    for (i64 i = 0; i < a.dim(0); ++i)
      for (i64 j = 0; j < a.dim(1); ++j) a.set(i * a.dim(1) + j, element(i, j));
  };
  fill(dx, [&](i64 i, i64 k) {
    double s = 0;
    for (i64 j = 0; j < hidden; ++j) s += at(dz, i, j) * at(data[1], k, j);
    return s;
  });
  fill(dw, [&](i64 k, i64 j) {
    double s = 0;
    for (i64 i = 0; i < rows; ++i) s += at(data[0], i, k) * at(dz, i, j);
    return s;
  });
  fill(dv, [&](i64 j, i64 o) {
    double s = 0;
    for (i64 i = 0; i < rows; ++i) s += at(h, i, j) * at(dy, i, o);
    return s;
  });
  expect_near(given[0], dx);
  expect_near(given[1], dw);
  expect_near(given[2], dv);
}

TEST(Reverse, SoftmaxCrossEntropy) {
  const i64 rows = 3, classes = 4;
  Value logits = parameter(f64({rows, classes})), labels = parameter({DType::I64, {rows}});
  Value loss = mean(cross_entropy(logits, labels));
  Array x = random_array(logits.type(), 4), y = Array::from<i64>({2, 0, 3}, {rows});
  auto given = run({logits, labels}, gradients(loss, std::vector{logits}), {x, y});
  Array expected(logits.type());
  for (i64 i = 0; i < rows; ++i) {
    double total = 0;
    for (i64 c = 0; c < classes; ++c) total += std::exp(x.at(i * classes + c).f);
    for (i64 c = 0; c < classes; ++c)
      expected.set(i * classes + c, (std::exp(x.at(i * classes + c).f) / total - (c == y.at(i).i)) / rows);
  }
  expect_near(given[0], expected);
}

TEST(Reverse, GradientOfGradient) {
  Value x = parameter(f64({3}));
  Value first = gradients(sum(x * x * x), std::vector{x})[0];
  Value second = gradients(sum(first), std::vector{x})[0];
  Value third = gradients(sum(second), std::vector{x})[0];
  auto given = run({x}, {first, second, third}, {Array::from<double>({1, -2, 0.5}, {3})});
  expect_near(given[0], Array::from<double>({3, 12, 0.75}, {3}));
  expect_near(given[1], Array::from<double>({6, -12, 3}, {3}));
  expect_near(given[2], Array::from<double>({6, 6, 6}, {3}));
}

TEST(Reverse, GatherAndScatter) {
  Value table = parameter(f64({4, 2})), ids = parameter({DType::I64, {3}}), weight = parameter(f64({3, 2}));
  Value loss = sum(gather(table, ids) * weight);
  Array at = Array::from<i64>({1, 3, 1}, {3}), w = Array::from<double>({1, 2, 3, 4, 5, 6}, {3, 2});
  Array t = random_array(table.type(), 5);
  auto given = run({table, ids, weight}, gradients(loss, std::vector{table}), {t, at, w});
  expect_near(given[0], Array::from<double>({0, 0, 6, 8, 0, 0, 3, 4}, {4, 2}));

  Value updates = parameter(f64({3, 2})), scale = parameter(f64({4, 2}));
  Value into = sum(scatter_add(table, ids, updates) * scale);
  Array s = Array::from<double>({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
  given = run({table, ids, updates, scale}, gradients(into, std::vector{updates, table}),
              {t, at, random_array(updates.type(), 6), s});
  expect_near(given[0], Array::from<double>({3, 4, 7, 8, 3, 4}, {3, 2}));
  expect_near(given[1], s);
}

TEST(Reverse, ValuesThatLossDoesNotDependOn) {
  Value x = parameter(f64({2})), y = parameter({DType::BF16, {3}}), ids = parameter({DType::I64, {2}});
  Value loss = sum(x + cast(cast(floor(x), DType::I64) + ids, DType::F64));
  auto g = gradients(loss, std::vector{x, y});
  EXPECT_EQ(g[1].type(), y.type());
  auto given = run({x, y, ids}, g,
                   {Array::from<double>({1.5, 2}, {2}), Array::full(y.type(), 1.0), Array::from<i64>({1, 2}, {2})});
  expect_near(given[0], Array::from<double>({1, 1}, {2}));
  expect_near(given[1], Array::full(y.type(), 0.0));
  auto stopped = run({x}, gradients(sum(stop_gradient(x) * x), std::vector{x}), {Array::from<double>({3, 4}, {2})});
  expect_near(stopped[0], Array::from<double>({3, 4}, {2}));
}

TEST(Reverse, InnerValuesAndLossItself) {
  Value x = parameter(f64({2})), y = exp(x), loss = sum(y * y);
  auto given = run({x}, gradients(loss, std::vector{y, loss, x}), {Array::from<double>({0, 1}, {2})});
  const double e = std::exp(1.0);
  expect_near(given[0], Array::from<double>({2, 2 * e}, {2}));
  expect_near(given[1], Array::full(f64({}), 1.0));
  expect_near(given[2], Array::from<double>({2, 2 * e * e}, {2}));
}

TEST(Reverse, Seed) {
  Value x = parameter(f64({2})), seed = parameter(f64({2}));
  auto given = run({x, seed}, gradients(square(x), std::vector{x}, seed),
                   {Array::from<double>({3, 5}, {2}), Array::from<double>({1, 10}, {2})});
  expect_near(given[0], Array::from<double>({6, 100}, {2}));
}

TEST(Reverse, GradientThatIsPassedOnNeedsNoNode) {
  Value x = parameter(f64({2, 3})), y = parameter(f64({2, 3})), seed = parameter(f64({2, 3}));
  auto g = gradients(x + y, std::vector{x, y}, seed);
  EXPECT_EQ(g[0], seed);
  EXPECT_EQ(g[1], seed);
  Value bias = parameter(f64({3}));  // broadcast: summed over rows
  g = gradients(x + bias, std::vector{x, bias}, seed);
  EXPECT_EQ(g[0], seed);
  EXPECT_FALSE(g[1] == seed);
}

TEST(Reverse, SharedOperands) {
  Value x = parameter(f64({1}));
  Value y = x;
  for (int k = 0; k < 10; ++k) y = y + y;
  auto given = run({x}, gradients(y, std::vector{x}), {Array::from<double>({1}, {1})});
  expect_near(given[0], Array::from<double>({1024}, {1}));
}

/// Operators without a gradient of their own: one with an expansion, one with nothing.
struct Cube {
  static constexpr std::string_view name = "test_cube";
  static constexpr std::string_view doc = "x^3, given as an expansion.";
  static constexpr Traits traits{};
  Types infer(Operands in) const { return {in[0].type}; }
  Values expand(Builder& b, std::span<const Value> in) const {
    const Built x{&b, in[0]};
    return {(x * square(x)).value};
  }
  static std::vector<Case<Cube>> samples() { return {}; }
};
struct Opaque {
  static constexpr std::string_view name = "test_opaque";
  static constexpr std::string_view doc = "x, given as an evaluator.";
  static constexpr Traits traits{};
  Types infer(Operands in) const { return {in[0].type}; }
  std::vector<Array> evaluate(std::span<const Array> in) const { return {in[0]}; }
  static std::vector<Case<Opaque>> samples() { return {}; }
};

TEST(Reverse, ThroughAnExpansion) {
  Value x = parameter(f64({2})), y = parameter(f64({2}));
  Value loss = sum(apply_op(make_op(Cube{}), std::vector{x * y}));
  auto g = gradients(loss, std::vector{x, y});
  auto given = run({x, y}, g, {Array::from<double>({1, 2}, {2}), Array::from<double>({3, -1}, {2})});
  expect_near(given[0], Array::from<double>({81, -12}, {2}));  // 3 (xy)^2 y
  expect_near(given[1], Array::from<double>({27, 24}, {2}));
  auto second = gradients(sum(g[0]), std::vector{x});
  given = run({x, y}, second, {Array::from<double>({1, 2}, {2}), Array::from<double>({3, -1}, {2})});
  expect_near(given[0], Array::from<double>({162, -12}, {2}));  // 6 x y^3
}

TEST(Reverse, EpiloguesReadTheReducedValue) {
  Type t = f64({2, 3});
  expr::Input in(0, t);
  expr::Index i("i", 2), j("j", 3);
  expr::Expr norm = expr::compute({t}, {i}, expr::sqrt(expr::sum({j}, in(i, j) * in(i, j))));
  Value x = parameter(t);
  Value y = apply_op(make_op(Formula{norm, "norm"}), std::vector{x});
  auto given = run({x}, gradients(sum(y), std::vector{x}), {Array::from<double>({3, 0, 4, 0, 0, 2}, {2, 3})});
  expect_near(given[0], Array::from<double>({0.6, 0, 0.8, 0, 0, 1}, {2, 3}));
}

TEST(Reverse, SettledNodesAreLeaves) {
  Value w(Node::leaf(Array::from<double>({2, 3}, {2})), 0), x = parameter(f64({2}));
  auto given = run({x}, gradients(sum(w * x), std::vector{w, x}), {Array::from<double>({5, 7}, {2})});
  expect_near(given[0], Array::from<double>({5, 7}, {2}));
  expect_near(given[1], Array::from<double>({2, 3}, {2}));
}

TEST(Reverse, DeepGraphs) {
  Value x = parameter(f64({1})), y = x;
  for (int k = 0; k < 20000; ++k) y = neg(y);
  Value g = gradients(y, std::vector{x})[0];
  auto given = run({x}, {g}, {Array::from<double>({1}, {1})});
  EXPECT_EQ(given[0].at(0).f, 1);
}

TEST(Reverse, SameGraphEveryTime) {
  auto build = [] {
    Value x = parameter(f64({2, 2})), w = parameter(f64({2, 2}));
    Value h = tanh(matmul(x, w));
    return with_gradients(Function{"f", {x, w}, {sum(h * h + h)}}, std::vector<std::size_t>{0, 1});
  };
  Function a = build(), b = build();
  EXPECT_EQ(a.results.size(), 3u);
  EXPECT_TRUE(structurally_equal(a, b));
}

TEST(Reverse, DerivativesAreRemembered) {
  std::vector<Type> in{f64({2, 3}), f64({3, 4})};
  EXPECT_EQ(derivative_of(make_op(Matmul{}), in), derivative_of(make_op(Matmul{}), in));
  in[0].shape[0] = 5;
  EXPECT_NE(derivative_of(make_op(Matmul{}), in), derivative_of(make_op(Matmul{}), std::vector{f64({2, 3}), in[1]}));
}

std::string error_of(const Value& loss, std::vector<Value> wrt, const Value& seed = {}) {
  try {
    gradients(loss, wrt, seed);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Reverse, Errors) {
  Value x = parameter(f64({2})), ids = parameter({DType::I64, {2}});
  auto says = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  says(error_of(x, {x}), "expected one element");
  says(error_of(sum(ids), {x}), "expected a float type");
  says(error_of(sum(x), {ids}), "expected a float type");
  says(error_of(sum(x), {Value()}), "undefined");
  says(error_of(Value(), {x}), "undefined");
  says(error_of(x, {x}, sum(x)), "expected the type of the loss");
  Value opaque = apply_op(make_op(Opaque{}), std::vector{x});
  says(error_of(sum(opaque), {x}), "test_opaque");
  EXPECT_EQ(error_of(sum(opaque) + sum(x), {parameter(f64({1}))}), "") << "x is not asked for";
  Function f{"f", {x}, {sum(x)}};
  EXPECT_THROW(with_gradients(f, std::vector<std::size_t>{1}), Error);
}

}  // namespace
}  // namespace tenon
