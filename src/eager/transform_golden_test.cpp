// Transforms of functions against JAX (tools/golden/make_transforms.py).
#include <gtest/gtest.h>

#include "eager/grad.h"
#include "eager/transform.h"
#include "op/functions.h"
#include "tensor/npy.h"

namespace tenon {
namespace {

using Parts = std::vector<Tensor>;
using Given = std::span<const Tensor>;

const std::map<std::string, Array>& golden() {
  static const auto arrays = read_npz(TENON_SOURCE_DIR "/src/eager/testdata/transforms.npz");
  return arrays;
}
Tensor named(const std::string& name) { return Tensor(golden().at(name)); }
Parts all_named(const std::string& prefix) {
  return {named(prefix + "w"), named(prefix + "b"), named(prefix + "u"), named(prefix + "c")};
}

/// Both compute in f64, with sums in another order: a few hundred operations on numbers of order 1 to 100.
void expect_golden(const Tensor& given, const std::string& name) {
  const Array &expected = golden().at(name), value = given.data().to_contiguous();
  ASSERT_EQ(value.type(), expected.type()) << name;
  for (i64 k = 0; k < value.count(); ++k) {
    const double e = expected.at(k).as_double();
    EXPECT_NEAR(value.at(k).as_double(), e, 1e-11 * std::max(1.0, std::abs(e))) << name << ", element " << k;
  }
}
void expect_golden(const Parts& given, const std::string& prefix) {
  const char* names[] = {"w", "b", "u", "c"};
  ASSERT_EQ(given.size(), 4u);
  for (std::size_t k = 0; k < 4; ++k) expect_golden(given[k], prefix + names[k]);
}

/// Of weights w, b, u, c, and inputs.
Tensor logits(Given p) { return matmul(tanh(layer_norm(matmul(p[4], p[0]) + p[1])), p[2]) + p[3]; }

Tensor cost_of_one(Given p) { return cross_entropy(reshape(logits(p), {1, 3}), reshape(p[5], {1})); }

Parts cost(Given p) {
  Parts all(p.begin(), p.end());
  all.push_back(named("x"));
  return {cross_entropy(logits(all), named("y"))};
}

Parts gradients_of_each(const Parts& parameters) {
  auto of_one = [](Given p) { return grad(cost_of_one(p), p.first(4)); };
  Parts all = parameters;
  all.push_back(named("x")), all.push_back(named("y"));
  const ExampleAxis none;
  return vmap(of_one, {none, none, none, none, 0, 0})(all);
}

TEST(TransformGolden, Network) {
  const Parts parameters = all_named(""), moves = all_named("move_");
  const Pushed pushed = jvp(cost, parameters, moves);
  expect_golden(pushed.values[0], "cost");
  expect_golden(pushed.tangents[0], "slope");
  expect_golden(vjp(cost, parameters).pull_back(Parts{full<Tensor>({}, 1, DType::F64)}), "grad_");
  expect_golden(hvp(cost, parameters, moves), "hvp_");
  expect_golden(hessian(cost, parameters)[1][2], "hessian_bu");
  auto of_input = [&](Given p) {
    Parts all = parameters;
    all.push_back(p[0]);
    return Parts{logits(all)};
  };
  expect_golden(jacobian(of_input, {select(named("x"), 0, 0)})[0][0], "jacobian_x");
}

TEST(TransformGolden, GradientsForEachSample) {
  Parts parameters = all_named("");
  for (Tensor& p : parameters) p.track();
  const Parts each = gradients_of_each(parameters);
  expect_golden(each, "each_");
  Tensor penalty = full<Tensor>({}, 0, DType::F64);
  for (const Tensor& g : each) penalty = penalty + sum(g * g);
  expect_golden(grad(penalty, parameters), "penalty_");
}

TEST(TransformGolden, CheckpointsOfTheNetwork) {
  const Parts parameters = all_named("");
  const TensorFunction kept = checkpoint(cost);
  expect_golden(vjp(kept, parameters).pull_back(Parts{full<Tensor>({}, 1, DType::F64)}), "grad_");
  expect_golden(hvp(kept, parameters, all_named("move_")), "hvp_");
}

/// Of the recurrent weight and the inputs: the last state, and the sum of all squares.
Parts scanned(Given p) {
  const Type state{DType::F64, {3}}, slice{DType::F64, {2}}, square{DType::F64, {3, 3}}, into{DType::F64, {2, 3}};
  const auto body = make_function("step", {state, slice, square, into}, [](std::span<const Value> v) {
    const Value h = tanh(matmul(v[0], v[2]) + matmul(v[1], v[3]));
    return std::vector<Value>{h, h * h};
  });
  const Parts out = scan(body, Parts{named("first")}, Parts{p[1]}, Parts{p[0], named("into")});
  return {out[0], sum(out[1])};
}

TEST(TransformGolden, Scan) {
  const Parts args{named("step"), named("inputs")};
  const Pushed pushed = jvp(scanned, args, Parts{named("step_move"), named("input_moves")});
  expect_golden(pushed.values[0], "last");
  expect_golden(pushed.values[1], "sum");
  expect_golden(pushed.tangents[0], "last_move");
  expect_golden(pushed.tangents[1], "sum_move");
  auto total = [&](Given p) { return Parts{scanned(Parts{p[0], named("inputs")})[1]}; };
  expect_golden(hessian(total, {args[0]})[0][0], "hessian_step");
}

}  // namespace
}  // namespace tenon
