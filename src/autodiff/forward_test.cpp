#include "autodiff/forward.h"

#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "op/functions.h"
#include "op/model.h"
#include "op/testing.h"

namespace tenon {
namespace {

Type f64_of(Shape shape) { return {DType::F64, std::move(shape)}; }
Value input(Type type) { return Value(Node::parameter(std::move(type)), 0); }

/// f's results and tangents.
std::vector<Array> run_jvp(const Function& f, std::vector<Array> in, std::vector<Array> directions,
                           std::vector<std::size_t> wrt = {0}) {
  for (Array& d : directions) in.push_back(std::move(d));
  return interpret(jvp(f, wrt), in);
}

void expect_values(const Array& given, const std::vector<double>& expected, double within = 1e-14) {
  ASSERT_EQ(given.count(), static_cast<i64>(expected.size()));
  for (i64 k = 0; k < given.count(); ++k)
    EXPECT_NEAR(given.at(k).as_double(), expected[static_cast<std::size_t>(k)], within) << "element " << k;
}

// --- every sample of every operator

/// A central difference at this step is off by h^2 f'''/6 and by epsilon f / h, both about 1e-10 of f; third
/// derivatives within the ranges of samples reach 1e4. Forward and reverse mode differ by rounding alone.
constexpr double kStep = 1e-5, kDifference = 1e-5, kTranspose = 1e-11;
constexpr i64 kMost = 400;

struct Case1 {
  Function f;
  std::vector<Array> in;
  std::vector<std::size_t> wrt, results;
};

std::optional<Case1> differentiable_case(const Sample& original) {
  const auto sample = in_f64(original);
  if (!sample) return {};
  Case1 c{sample_function(*sample), {}, {}, {}};
  i64 count = 0;
  for (std::size_t k = 0; k < sample->inputs.size(); ++k) {
    const SampleInput& input = sample->inputs[k];
    count += element_count(input.type.shape);
    if (input.differentiable && has_tangent(input.type)) c.wrt.push_back(k);
  }
  if (c.wrt.empty() || count > kMost) return {};
  for (std::size_t k = 0; k < c.f.results.size(); ++k)
    if (has_tangent(c.f.results[k].type()) && is_concrete(c.f.results[k].type())) c.results.push_back(k);
  c.in = sample_data(sample->inputs, 2);
  return c;
}

Array moved_by(const Array& x, const Array& direction, double step) {
  Array y = x.clone();
  for (i64 k = 0; k < x.count(); ++k) y.set(k, x.at(k).as_double() + step * direction.at(k).as_double());
  return y;
}

class Forward : public testing::TestWithParam<const OpInfo*> {};

/// Checks the tangent of one result along random directions: against a difference, and <w, J v> against <J^T w, v>.
void check_tangent(const Case1& c, const std::vector<Array>& directions, std::size_t result, const Array& tangent) {
  const Array weights = random_like(tangent.type(), 7);
  const double given = dot(tangent, weights);
  std::vector<Array> ahead = c.in, behind = c.in;
  for (std::size_t k = 0; k < c.wrt.size(); ++k) {
    ahead[c.wrt[k]] = moved_by(c.in[c.wrt[k]], directions[k], kStep);
    behind[c.wrt[k]] = moved_by(c.in[c.wrt[k]], directions[k], -kStep);
  }
  const double difference =
      (dot(interpret(c.f, ahead)[result], weights) - dot(interpret(c.f, behind)[result], weights)) / (2 * kStep);
  std::vector<Value> wrt;
  for (std::size_t k : c.wrt) wrt.push_back(c.f.parameters[k]);
  Function g{"gradient", c.f.parameters, gradients(c.f.results[result], wrt, Value(Node::leaf(weights), 0))};
  const auto transposed = interpret(g, c.in);
  double reverse = 0, scale = 1;
  for (std::size_t k = 0; k < c.wrt.size(); ++k) {
    reverse += dot(transposed[k], directions[k]);
    scale += largest_magnitude(transposed[k]);
  }
  if (!std::isfinite(difference)) return;  // the mean of nothing
  EXPECT_NEAR(given, difference, kDifference * scale) << "against a difference, result " << result;
  EXPECT_NEAR(given, reverse, kTranspose * scale * 10) << "against reverse mode, result " << result;
}

TEST_P(Forward, AgreesWithDifferencesAndReverseMode) {
  bool wanted = false;
  int checked = 0;
  for (const Sample& original : GetParam()->samples()) {
    SCOPED_TRACE(describe(original));
    const auto c = differentiable_case(original);
    if (!c || c->results.empty()) continue;
    wanted = true;
    std::vector<Array> directions, in = c->in;
    for (std::size_t k : c->wrt) directions.push_back(random_like(c->in[k].type(), 5 + k));
    in.insert(in.end(), directions.begin(), directions.end());
    const Function pushed = jvp(c->f, c->wrt);
    const auto values = interpret(pushed, in);
    const auto plain = interpret(c->f, c->in);
    std::size_t next = plain.size();
    for (std::size_t r = 0; r < plain.size(); ++r) {
      EXPECT_EQ(fault_of_value(values[r], plain[r]), "") << "value " << r;
      if (!has_tangent(c->f.results[r].type())) continue;
      const Array& tangent = values[next++];
      if (std::ranges::find(c->results, r) == c->results.end()) continue;
      ASSERT_EQ(tangent.type(), plain[r].type());
      check_tangent(*c, directions, r, tangent);
    }
    ++checked;
    if (HasFailure()) return;
  }
  EXPECT_TRUE(!wanted || checked > 0);
}

INSTANTIATE_TEST_SUITE_P(Operators, Forward, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

// --- closed forms

TEST(ForwardMode, TwoLayersByHand) {
  const Value x = input(f64_of({2, 2})), w = input(f64_of({2, 2}));
  const Function f{"f", {x, w}, {matmul(tanh(x), w)}};
  const Array at = Array::from<double>({0.5, -1, 2, 0}, {2, 2}), by = Array::from<double>({1, 2, 3, 4}, {2, 2});
  const Array v = Array::from<double>({1, 0, 0, 2}, {2, 2}), u = Array::from<double>({0, 1, 0, 0}, {2, 2});
  const auto given = run_jvp(f, {at, by}, {v, u}, {0, 1});
  auto slope = [](double t) { return 1 - std::tanh(t) * std::tanh(t); };
  // (tanh'(x) v) w + tanh(x) u, row by row
  expect_values(given[1], {slope(0.5) * 1, slope(0.5) * 2 + std::tanh(0.5), 2 * 3.0, 2 * 4.0 + std::tanh(2.0)});
}

TEST(ForwardMode, TangentsOfExtremesGoWithThePosition) {
  const Value x = input(f64_of({2, 3}));
  const Function f{"f", {x}, {max(x, {1}), prod(x, {1}), sum(max(x, {0, 1}) * x)}};
  const Array at = Array::from<double>({1, 5, 2, 0, 3, -4}, {2, 3}),
              v = Array::from<double>({1, 2, 3, 4, 5, 6}, {2, 3});
  const auto given = run_jvp(f, {at}, {v});
  expect_values(given[3], {2, 5});
  expect_values(given[4], {1 * 10 + 2 * 2 + 3 * 5, 4 * 3 * -4.0});
  expect_values(given[5], {2 * 7 + 5 * 21.0});  // d(m s) = dm s + m ds, s = 7
}

TEST(ForwardMode, UnknownTripCounts) {
  // Newton's steps for sqrt(a) until they are close: the derivative is 1 / (2 sqrt(a)). No bound, so no gradient.
  const std::vector<Type> state{f64_of({}), f64_of({})};
  auto goes_on = [](std::span<const Value> p) { return std::vector<Value>{abs(p[0] * p[0] - p[1]) > 1e-12}; };
  auto step = [](std::span<const Value> p) { return std::vector<Value>{(p[0] + p[1] / p[0]) * 0.5, p[1]}; };
  const Value a = input(f64_of({}));
  const auto far = make_function("far", state, goes_on), newton = make_function("newton", state, step);
  const Function f{"root", {a}, {while_loop(far, newton, std::vector{a, a})[0]}};
  const auto given = run_jvp(f, {Array::from<double>({7}, {})}, {Array::from<double>({1}, {})});
  expect_values(given[0], {std::sqrt(7.0)}, 1e-12);
  expect_values(given[1], {0.5 / std::sqrt(7.0)}, 1e-10);
  EXPECT_THROW(gradients(f.results[0], std::vector{a}), Error);
}

TEST(ForwardMode, LoopsAreNotRunTwice) {
  const std::vector<Type> state{f64_of({2}), f64_of({2})};
  auto step =
      make_function("step", state, [](std::span<const Value> p) { return std::vector<Value>{sin(p[0]) + p[1], p[0]}; });
  const Value h = input(f64_of({2})), x = input(f64_of({3, 2}));
  const auto out = scan(step, std::vector<Value>{h}, std::vector<Value>{x});
  const Function g = jvp({"f", {h, x}, {out[0], sum(out[1])}}, std::vector<std::size_t>{0, 1});
  int loops = 0;
  for (const Node* n : topological(g.results)) loops += !n->is_parameter() && n->op().name() == "scan";
  EXPECT_EQ(loops, 1);
}

TEST(ForwardMode, ForwardOverReverseIsTheHessianTimesAVector) {
  const Value x = input(f64_of({2}));
  const Value first = formula("y[] += x[i] * x[i] * x[i]", {x});
  const Value cross = prod(x);
  const Function gradient{"g", {x}, gradients(first + cross, std::vector{x})};
  const auto given = run_jvp(gradient, {Array::from<double>({2, 3}, {2})}, {Array::from<double>({1, 10}, {2})});
  expect_values(given[0], {3 * 4 + 3, 3 * 9 + 2.0});
  expect_values(given[1], {12 * 1 + 10, 1 + 18 * 10.0});  // [[6 x, 1], [1, 6 y]] v
}

TEST(ForwardMode, DirectionsOfInnerValuesAndMissingOnes) {
  const Value x = input(f64_of({2})), y = exp(x), d = input(f64_of({2}));
  const Tangents t = tangents(std::vector{y * x, x, y}, std::vector{y, x}, std::vector{d, Value()});
  EXPECT_FALSE(t.tangents[1].defined());
  EXPECT_EQ(t.tangents[2], d);
  const auto given = interpret(Function{"f", {x, d}, {t.tangents[0]}},
                               std::vector{Array::from<double>({2, 3}, {2}), Array::from<double>({1, 10}, {2})});
  expect_values(given[0], {2, 30});
}

TEST(ForwardMode, StopsAndIntegers) {
  const Value x = input(f64_of({2}));
  const Function f{"f", {x}, {stop_gradient(x) * x, floor(x), arg_max(x, 0), cast(cast(x, DType::I64), DType::F64)}};
  const auto given = run_jvp(f, {Array::from<double>({1.5, 2.5}, {2})}, {Array::from<double>({1, 10}, {2})});
  ASSERT_EQ(given.size(), 7u) << "integers have no tangent";
  expect_values(given[4], {1.5, 25});
  expect_values(given[5], {0, 0});
  expect_values(given[6], {0, 0});
}

TEST(ForwardMode, DeepGraphs) {
  const Value x = input(f64_of({1}));
  Value y = x;
  for (int k = 0; k < 20000; ++k) y = neg(y);
  expect_values(run_jvp({"f", {x}, {y}}, {Array::from<double>({1}, {1})}, {Array::from<double>({3}, {1})})[1], {3});
}

TEST(Barrier, HandsOnWhatIsKnownOfItsOperands) {
  const Value x = input(f64_of({2, 3})), ids = input({DType::I64, {2}});
  const auto out = barrier(std::vector{shape_of(x), ids, x, shape_of(ids)});
  ASSERT_NE(out[0].node()->extents(0), nullptr);
  EXPECT_EQ(*out[0].node()->extents(0), (Shape{2, 3}));
  EXPECT_EQ(out[0].node()->extents(1), nullptr);
  EXPECT_EQ(out[0].node()->extents(2), nullptr);
  ASSERT_NE(out[0].node()->extents(3), nullptr);
  EXPECT_EQ(*out[0].node()->extents(3), (Shape{2}));
}

/// An operator with nothing but an evaluator.
struct OpaqueForward {
  static constexpr std::string_view name = "test_opaque_forward";
  static constexpr std::string_view doc = "x, given as an evaluator.";
  static constexpr Traits traits{};
  Types infer(Operands in) const { return {in[0].type}; }
  std::vector<Array> evaluate(std::span<const Array> in) const { return {in[0]}; }
  static std::vector<Case<OpaqueForward>> samples() { return {}; }
};

std::string error_of_jvp(const Function& f, std::vector<std::size_t> wrt) {
  try {
    jvp(f, wrt);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(ForwardMode, Errors) {
  const Value x = input(f64_of({2})), ids = input({DType::I64, {2}});
  auto says = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const Value opaque = apply_op(make_op(OpaqueForward{}), std::vector{x});
  says(error_of_jvp({"f", {x}, {opaque}}, {0}), "test_opaque_forward");
  says(error_of_jvp({"f", {x}, {x}}, {1}), "1 parameters");
  says(error_of_jvp({"f", {ids}, {ids}}, {0}), "expected a float tensor");
  EXPECT_THROW(tangents(std::vector{x}, std::vector{x}, std::vector{sum(x)}), Error);
  EXPECT_THROW(tangents(std::vector{x}, std::vector{Value()}, std::vector{x}), Error);
}

}  // namespace
}  // namespace tenon
