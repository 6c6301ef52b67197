// Text formulas against the operators of the same meaning: values and gradients; differences; text form; compiled code.
#include "op/text_formula.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "compile/executable.h"
#include "eager/grad.h"
#include "eager/tensor.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/functions.h"
#include "op/sample_data.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Builds = std::function<Value(std::span<const Value>)>;

constexpr char kConvolution[] =
    "Y[n,f,p,q] += pad(X[n,c,2*p + r - 1,2*q + s - 1], 0)*W[f,c,r,s] where p in 0:(size(X,2) + 1)/2, q in 0:(size(X,3) "
    "+ 1)/2";
constexpr char kSoftmax[] = "m[i] max= x[i,j]; e[i,j] = exp(x[i,j] - m[i]); s[i] += e[i,j]; y[i,j] = e[i,j]/s[i]";

struct Comparison {
  std::string formula;
  std::vector<SampleInput> in;
  Builds reference;
};

SampleInput real(Shape shape) { return {{DType::F64, std::move(shape)}, -1, 1}; }
SampleInput below(i64 end, Shape shape) { return {{DType::I64, std::move(shape)}, 0, static_cast<double>(end), false}; }

std::vector<Comparison> comparisons() {
  using In = std::span<const Value>;
  return {
      {"C[i,j] += A[i,k]*B[k,j]", {real({5, 7}), real({7, 4})}, [](In x) { return matmul(x[0], x[1]); }},
      {"C[b,i,j] += A[b,i,k]*B[k,j]",
       {real({2, 3, 5}), real({5, 4})},
       [](In x) { return einsum("bik,kj->bij", {x[0], x[1]}); }},
      {kConvolution,
       {real({2, 3, 5, 6}), real({2, 3, 3, 3})},
       [](In x) { return conv(x[0], x[1], {.stride = {2, 2}, .pads_begin = {1, 1}, .pads_end = {1, 1}}); }},
      {kSoftmax, {real({3, 5})}, [](In x) { return softmax(x[0], 1); }},
      {"y[n,c,p] max= x[n,c,2*p + r] where r in 3",
       {real({2, 2, 9})},
       [](In x) { return max_pool(x[0], {.size = {3}, .stride = {2}}); }},
      {"y[n,c,p] max= pad(x[n,c,2*p + r - 1], -inf) where r in 3, p in 5",
       {real({2, 2, 9})},
       [](In x) { return max_pool(x[0], {.size = {3}, .stride = {2}, .pads_begin = {1}, .pads_end = {1}}); }},
      {"y[i,j] = T[{ids[i]},j]", {real({9, 4}), below(9, {6})}, [](In x) { return gather(x[0], x[1], 0); }},
      {"y[i] = sum[j](x[i,j])/size(x,1)", {real({3, 5})}, [](In x) { return mean(x[0], {1}); }},
      {"y[i] *= x[i,j]", {real({5, 4})}, [](In x) { return prod(x[0], {1}); }},
      {"y[j,i] = x[i,j]", {real({3, 5})}, [](In x) { return transpose(x[0], {1, 0}); }},
      {"y[i] += where(j <= i, x[j], 0) where i in size(x,0), j in size(x,0)",
       {real({7})},
       [](In x) { return cumsum(x[0]); }},
  };
}

Function function_of(const Comparison& c, const Builds& build) {
  Function f{"main", {}, {}};
  for (const SampleInput& in : c.in) f.parameters.emplace_back(Node::parameter(in.type), 0);
  f.results = {build(f.parameters)};
  return f;
}
Function function_of(const Comparison& c) {
  return function_of(
      c, [&](std::span<const Value> x) { return formula(c.formula, std::vector<Value>(x.begin(), x.end())); });
}

/// The result, and the gradients of its product with a fixed tensor.
Function with_gradients_of(const Comparison& c, Function f) {
  const Array seed = sample_data(std::vector<SampleInput>{{f.results[0].type(), -1, 1}}, 3)[0];
  std::vector<Value> wrt;
  for (std::size_t k = 0; k < c.in.size(); ++k)
    if (is_float(c.in[k].type.dtype)) wrt.push_back(f.parameters[k]);
  for (Value& g : gradients(f.results[0], wrt, Value(Node::leaf(seed), 0))) f.results.push_back(std::move(g));
  return f;
}

void expect_near(const std::vector<Array>& given, const std::vector<Array>& expected, double tolerance) {
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t k = 0; k < given.size(); ++k) {
    ASSERT_EQ(given[k].type(), expected[k].type());
    for (i64 i = 0; i < given[k].count(); ++i)
      ASSERT_NEAR(given[k].at(i).as_double(), expected[k].at(i).as_double(), tolerance)
          << "result " << k << ", element " << i;
  }
}

TEST(TextFormulas, AreTheOperatorsOfTheSameMeaning) {
  for (const Comparison& c : comparisons()) {
    SCOPED_TRACE(c.formula);
    const auto in = sample_data(c.in, 2);
    const Function f = with_gradients_of(c, function_of(c)),
                   reference = with_gradients_of(c, function_of(c, c.reference));
    const auto values = interpret(f, in);
    expect_near(values, interpret(reference, in), 1e-12);  // sums of at most 27 products of numbers below 1
    expect_near(executable(f)->run(in), values, 1e-12);
  }
}

TEST(TextFormulas, GradientsAgreeWithDifferences) {
  constexpr double kStep = 1e-5;
  for (const Comparison& c : comparisons()) {
    SCOPED_TRACE(c.formula);
    auto in = sample_data(c.in, 2);
    const Function plain = function_of(c), f = with_gradients_of(c, plain);
    const Array seed = sample_data(std::vector<SampleInput>{{plain.results[0].type(), -1, 1}}, 3)[0];
    const auto values = interpret(f, in);
    std::size_t result = 1;
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (!is_float(in[k].dtype())) continue;
      const Array original = in[k].clone();
      for (i64 i = 0; i < std::min<i64>(original.count(), 12); ++i) {
        double side[2] = {0, 0};
        for (int s = 0; s < 2; ++s) {
          in[k] = original.clone();
          in[k].set(i, original.at(i).as_double() + (s ? kStep : -kStep));
          const Array y = interpret(plain, in)[0];
          for (i64 e = 0; e < y.count(); ++e) side[s] += y.at(e).as_double() * seed.at(e).as_double();
        }
        ASSERT_NEAR(values[result].at(i).as_double(), (side[1] - side[0]) / (2 * kStep), 1e-7)
            << "operand " << k << ", element " << i;
      }
      in[k] = original;
      ++result;
    }
  }
}

TEST(TextFormulas, GradientsOfProductsAreRightAtZeros) {
  const Type t{DType::F32, {3, 3}};
  Function f{"main", {Value(Node::parameter(t), 0)}, {}};
  const Value y = formula("y[i] = 2*prod[j](x[i,j])", f.parameters);
  f.results = gradients(y, f.parameters, Value(Node::leaf(Array::from<float>({1, 1, 1}, {3})), 0));
  const std::vector<Array> x{Array::from<float>({2, 3, 4, 2, 0, 4, 0, 3, 0}, {3, 3})},
      expected{Array::from<float>({24, 16, 12, 0, 16, 0, 0, 0, 0}, {3, 3})};
  expect_near(interpret(f, x), expected, 0);
  expect_near(executable(f)->run(x), expected, 0);

  // Once more: the sum of 2*x1*x2, 2*x0*x2 and 2*x0*x1, by each.
  f.results = gradients(sum(f.results[0]), f.parameters);
  const std::vector<Array> twos{Array::from<float>({2, 3, 4, 1, 1, 1, 1, 2, 1}, {3, 3})};
  expect_near(interpret(f, twos), {Array::from<float>({14, 12, 10, 4, 4, 4, 6, 4, 6}, {3, 3})}, 1e-5);
}

TEST(TextFormulas, AreOrdinaryOperatorsInGraphText) {
  for (const Comparison& c : comparisons()) {
    SCOPED_TRACE(c.formula);
    const Function f = with_gradients_of(c, function_of(c));
    const Function again = parse_function(to_text(f));
    EXPECT_TRUE(structurally_equal(f, again));
  }
  EXPECT_THAT(to_text(function_of(comparisons()[0])), HasSubstr("label=\"C\""));
}

TEST(TextFormulas, EagerTensors) {
  Tensor a = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2}).track();
  const Tensor b = Tensor::from({1.f, 0.f, 2.f, 1.f}, {2, 2});
  const Tensor c = formula("C[i,j] += A[i,k]*B[k,j]", {a, b});
  EXPECT_THAT(c.to_vector<float>(), ElementsAre(5, 2, 11, 4));
  EXPECT_THAT(grad(sum(c), {a})[0].to_vector<float>(), ElementsAre(1, 3, 1, 3));
  EXPECT_THAT(formula<Tensor>("y[i] = i*i where i in 4", {}).to_vector<i64>(), ElementsAre(0, 1, 4, 9));
}

TEST(TextFormulas, StepsWithoutOperandsGrowThroughTheSameBuilder) {
  Builder b;
  const Value x(Node::parameter({DType::I64, {3}}), 0);
  const Built y = formula("c[i] = 2*i where i in 3; y[i] = x[i] + c[i]", {Built{&b, x}});
  EXPECT_TRUE(identical(interpret(Function{"main", {x}, {y.value}}, std::vector{Array::from<i64>({1, 1, 1}, {3})})[0],
                        Array::from<i64>({1, 3, 5}, {3})));
}

TEST(TextFormulas, UnknownExtentsStayUnknown) {
  const Dim n = Dim::symbol("n");
  const Value a(Node::parameter({DType::F32, {n, 2}}), 0), b(Node::parameter({DType::F32, {2, 3}}), 0);
  const Function f{"main", {a, b}, {formula("C[i,j] += A[i,k]*B[k,j]", {a, b})}};
  EXPECT_EQ(f.results[0].type(), (Type{DType::F32, {n, 3}}));
  const std::vector<Array> in{Array::from<float>({1, 2}, {1, 2}), Array::from<float>({1, 2, 3, 4, 5, 6}, {2, 3})};
  EXPECT_TRUE(identical(executable(f)->run(in)[0], Array::from<float>({9, 12, 15}, {1, 3})));
}

TEST(TextFormulas, PositionsOutOfRangeAreNamedWhenTheyRun) {
  const Value t(Node::parameter({DType::F32, {3}}), 0), ids(Node::parameter({DType::I64, {2}}), 0);
  const Function f{"main", {t, ids}, {formula("y[i] = T[{ids[i]}]", {t, ids})}};
  const std::vector<Array> in{Array::from<float>({1, 2, 3}, {3}), Array::from<i64>({0, 5}, {2})};
  for (const bool compiled : {false, true})
    EXPECT_THAT(error_of([&] { compiled ? executable(f)->run(in) : interpret(f, in); }), HasSubstr("5"));
}

TEST(TextFormulas, MistakesNameThePlace) {
  const Value a(Node::parameter({DType::F32, {3, 4}}), 0);
  EXPECT_THAT(error_of([&] { formula("C[i] = A[i,k]", {a}); }),
              HasSubstr("formula, column 12: the index k is not bound"));
  EXPECT_THAT(error_of([&] { formula("C[i] += A[i,k]", {a, a}); }), HasSubstr("it reads 1 tensor: A, given 2"));
}

}  // namespace
}  // namespace tenon
