// Every sample of every operator: gradients, and gradients of gradients, against central differences in f64.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "op/largest_errors_testing.h"
#include "op/testing.h"

namespace tenon {
namespace {

// Truncation of a central difference is h^2 f'''/6 and cancellation epsilon f / h: both about 1e-10 relative to f at
// this h. Third derivatives within the samples' ranges reach 1e4 (rsqrt and log near 0.1), so 1e-5 leaves room for
// those.
constexpr double kStep = 1e-5, kTolerance = 1e-5;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

/// A difference costs two interpreted graphs: gradients are compared in every element of samples up to kMost elements,
/// gradients of gradients along kDirections random directions. Under sanitizers, which watch the code that runs more
/// than the numbers, both along fewer.
constexpr i64 kMost = 200, kDirections = kSanitized ? 2 : 6;
i64 elements(const Sample& sample) {
  i64 count = 0;
  for (const SampleInput& input : sample.inputs) count += element_count(input.type.shape);
  return count;
}

bool is_finite(const Array& a) {
  for (i64 k = 0; k < a.count(); ++k)
    if (!std::isfinite(a.at(k).as_double())) return false;
  return true;
}

std::vector<std::size_t> differentiable(const Sample& sample) {
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < sample.inputs.size(); ++k)
    if (sample.inputs[k].differentiable && is_float(sample.inputs[k].type.dtype) && sample.inputs[k].type.is_dense())
      which.push_back(k);
  return which;
}

/// Dot(f(in)[0], seed) along the line in[operand] + step * direction: its slope at 0 by a central difference.
double slope(const Function& f, std::vector<Array> in, std::size_t operand, const Array& direction, const Array& seed) {
  const Array original = in[operand];
  double side[2];
  for (int s = 0; s < 2; ++s) {
    in[operand] = original.clone();
    for (i64 k = 0; k < original.count(); ++k)
      if (const double d = direction.at(k).as_double(); d != 0)
        in[operand].set(k, original.at(k).as_double() + (s ? kStep : -kStep) * d);
    side[s] = dot(interpret(f, in)[0], seed);
  }
  return (side[1] - side[0]) / (2 * kStep);
}

/// Checks a gradient against slopes: along every element, or along a few directions through all elements.
void expect_slopes(const OpInfo* info, const Array& gradient, const Function& f, std::size_t result,
                   std::span<const Array> in, std::size_t operand, const Array& seed, bool every_element) {
  ASSERT_EQ(gradient.type(), in[operand].type());
  const Function one{.parameters = f.parameters, .results = {f.results[result]}};
  const std::vector<Array> data(in.begin(), in.end());
  double scale = 1;
  for (i64 k = 0; k < gradient.count(); ++k) scale = std::max(scale, std::abs(gradient.at(k).as_double()));
  auto along = [&](const Array& direction, std::string_view what, i64 which) {
    const double given = dot(gradient, direction), expected = slope(one, data, operand, direction, seed);
    ASSERT_NEAR(given, expected, kTolerance * scale) << what << " " << which;
    largest_errors->note("gradients and second gradients against central differences", info, DType::F64,
                         std::abs(given - expected) / scale);
  };
  if (every_element || gradient.count() <= kDirections) {
    for (i64 k = 0; k < gradient.count() && !testing::Test::HasFatalFailure(); ++k) {
      Array element = Array::full(gradient.type(), 0.0);
      element.set(k, 1.0);
      along(element, "element", k);
    }
  } else {
    for (i64 k = 0; k < kDirections && !testing::Test::HasFatalFailure(); ++k)
      along(random_like(gradient.type(), 10 + static_cast<std::uint64_t>(k)), "direction", k);
  }
}

/// A function with the results that `f` has, followed by the gradients of dot(f.results[result], seed).
Function with_seeded_gradients(const Function& f, std::size_t result, const Array& seed,
                               std::span<const std::size_t> wrt) {
  Function g = f;
  std::vector<Value> values;
  for (std::size_t k : wrt) values.push_back(f.parameters[k]);
  for (Value& v : gradients(f.results[result], values, Value(Node::leaf(seed), 0))) g.results.push_back(std::move(v));
  return g;
}

class Gradients : public testing::TestWithParam<const OpInfo*> {};

/// First and second derivatives of one result.
void check_gradients(const OpInfo* info, const Function& f, std::size_t result, std::span<const std::size_t> wrt,
                     std::span<const Array> in) {
  const Array seed = random_like(f.results[result].type(), 3);
  const Function first = with_seeded_gradients(f, result, seed, wrt);
  const std::vector<Array> values = interpret(first, in);
  for (std::size_t k = 0; k < wrt.size(); ++k) {
    const std::size_t gradient = f.results.size() + k;
    SCOPED_TRACE(fmt::format("gradient of operand {}", wrt[k]));
    expect_slopes(info, values[gradient], f, result, in, wrt[k], seed, !kSanitized);
    if (testing::Test::HasFatalFailure()) return;
    const Array seed2 = random_like(values[gradient].type(), 4);
    const Function second = with_seeded_gradients(first, gradient, seed2, wrt);
    const auto seconds = interpret(second, in);
    for (std::size_t j = 0; j < wrt.size(); ++j) {
      SCOPED_TRACE(fmt::format("its gradient by operand {}", wrt[j]));
      expect_slopes(info, seconds[first.results.size() + j], first, gradient, in, wrt[j], seed2, false);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST_P(Gradients, AgreeWithDifferences) {
  int checked = 0, wanted = 0;
  for (const Sample& original : GetParam()->samples()) {
    SCOPED_TRACE(describe(original));
    const auto wrt = differentiable(original);
    if (wrt.empty()) continue;
    const Function plain = sample_function(original);
    std::vector<std::size_t> real;
    for (std::size_t k = 0; k < plain.results.size(); ++k)
      if (is_float(plain.results[k].dtype()) && is_concrete(plain.results[k].type())) real.push_back(k);
    if (real.empty()) continue;
    ++wanted;
    const auto sample = in_f64(original);
    if (!sample || elements(*sample) > kMost) continue;
    ++checked;
    const Function f = sample_function(*sample);
    const auto in = sample_data(sample->inputs, 2), values = interpret(f, in);
    for (const std::size_t result : real) {
      if (!is_finite(values[result])) continue;  // the mean of nothing
      SCOPED_TRACE(fmt::format("result {}", result));
      check_gradients(GetParam(), f, result, wrt, in);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_TRUE(wanted == 0 || checked > 0) << "no sample can be checked in f64";
}

INSTANTIATE_TEST_SUITE_P(Operators, Gradients, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace tenon
