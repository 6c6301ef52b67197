// Special operators as users write them, what they refuse, and those whose results' size depends on the data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "eager/grad.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/functions.h"
#include "op/sample_data.h"
#include "op/special/non_max_suppression.h"
#include "op/special/non_zero.h"
#include "op/special/unique.h"
#include "runtime/special/special.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Value input(Type t) { return Value(Node::parameter(std::move(t)), 0); }

TEST(Special, TensorsGetAllOutputs) {
  const Tensor x = Tensor::from({3.f, 1.f, 2.f}, {3});
  const auto [values, positions] = sort(x);
  EXPECT_THAT(values.to_vector<float>(), ElementsAre(1, 2, 3));
  EXPECT_THAT(positions.to_vector<i64>(), ElementsAre(1, 2, 0));
  EXPECT_THAT(top_k(x, 2).values.to_vector<float>(), ElementsAre(3, 2));
  EXPECT_THAT(k_winners_take_all(x, 1).to_vector<float>(), ElementsAre(3, 0, 0));
  EXPECT_THAT(cumsum(x).to_vector<float>(), ElementsAre(3, 4, 6));
}

TEST(Special, GradientsGoThroughEagerCode) {
  Tensor x = Tensor::from({3.f, 1.f, 2.f}, {3}).track();
  const Tensor weights = Tensor::from({10.f, 20.f, 30.f}, {3});
  const std::vector<Tensor> g = grad(sum(sort(x).values * weights), {x});
  EXPECT_THAT(g[0].to_vector<float>(), ElementsAre(30, 10, 20));
}

TEST(Special, APermutationHasEveryNumberOnce) {
  const Tensor key = Tensor::from<std::int32_t>({1, 2}, {2});
  const Tensor p = random_permutation(key, 1000);
  std::vector<i64> numbers = p.to_vector<i64>();
  EXPECT_FALSE(std::ranges::is_sorted(numbers));
  std::ranges::sort(numbers);
  for (i64 k = 0; k < 1000; ++k) EXPECT_EQ(numbers[static_cast<std::size_t>(k)], k);
  const Tensor x = iota<Tensor>({6, 2}, 0);
  EXPECT_EQ(sum(shuffle(x, key)).item(), 30);
}

TEST(Special, RefuseWhatTheyDoNotTake) {
  const Value x = input({DType::F32, {3, 4}}), b = input({DType::Bool, {3}}), scalar = input({DType::F32, {}});
  EXPECT_THAT(error_of([&] { cumsum(x, 2); }), HasSubstr("cumsum: axis 2 is out of range for f32[3,4]"));
  EXPECT_THAT(error_of([&] { cumsum(scalar); }), HasSubstr("cumsum: axis -1 is out of range"));
  EXPECT_THAT(error_of([&] { cumprod(b); }), HasSubstr("cast it first"));
  EXPECT_THAT(error_of([&] { top_k(x, 5); }), HasSubstr("top_k: k is 5, expected 0 to 4"));
  EXPECT_THAT(error_of([&] { top_k(x, -1); }), HasSubstr("top_k: k is -1"));
  EXPECT_THAT(error_of([&] { linear_recurrence(x, x, x); }),
              HasSubstr("the initial state is f32[3,4], expected f32[3]"));
  EXPECT_THAT(error_of([&] { dft(x); }), HasSubstr("dft: x is f32[3,4]; expected a last dimension of 1 (real) or 2"));
  EXPECT_THAT(error_of([&] { dft(input({DType::F32, {3, 2}}), 1); }), HasSubstr("expected one before it"));
  EXPECT_THAT(error_of([&] { dft(input({DType::F32, {0, 2}})); }), HasSubstr("is empty"));
  EXPECT_THAT(error_of([&] { dft(input({DType::F32, {4, 2}}), 0, false, true); }), HasSubstr("onesided is for"));
  EXPECT_THAT(error_of([&] { irfft(input({DType::F32, {4, 2}}), 0, 9); }), HasSubstr("irfft: n is 9"));
  EXPECT_THAT(error_of([&] { cholesky(x); }), HasSubstr("cholesky: the matrix is f32[3,4]"));
  const Value a = input({DType::F32, {3, 3}});
  EXPECT_THAT(error_of([&] { triangular_solve(a, input({DType::F32, {4, 3}})); }), HasSubstr("expected 3 rows of B"));
  EXPECT_THAT(error_of([&] { host_callback("nobody", {x}); }),
              HasSubstr("host_callback: no host function is registered as 'nobody'; there are: identity"));
}

TEST(Special, SingularMatricesAreNamed) {
  const Value a = input({DType::F64, {2, 2}}), b = input({DType::F64, {2, 1}});
  const Function f{"main", {a, b}, {triangular_solve(a, b)}};
  const std::vector<Array> in{Array::from<double>({1, 0, 1, 0}, {2, 2}), Array::from<double>({1, 1}, {2, 1})};
  EXPECT_THAT(error_of([&] { interpret(f, in); }), HasSubstr("matrix 0 is singular: element 1 of the diagonal is 0"));
}

TEST(Special, CustomFunctionsHaveTheirOwnGradient) {
  register_custom_function("test.round", {.expand = [](Builder& b, std::span<const Value> in) -> Values {
                                            return {round(Built{&b, in[0]}).value};
                                          },
                                          .vjp = [](Builder&, std::span<const Value>, std::span<const Value>,
                                                    std::span<const Value> grad) -> Values { return {grad[0]}; }});
  Tensor x = Tensor::from({0.4f, 1.6f}, {2}).track();
  const Tensor y = custom("test.round", {x})[0];
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(0, 2));
  EXPECT_THAT(grad(sum(y * 3), {x})[0].to_vector<float>(), ElementsAre(3, 3));
}

// A function as a C library would export it: the outer sum x[i] + y[j].
std::int32_t outer_shape(void*, std::int32_t ins, const dlpack::Tensor* in, std::int32_t, dlpack::Tensor* out) {
  if (ins != 2 || in[0].ndim != 1 || in[1].ndim != 1) return 1;
  out[0].dtype = in[0].dtype;
  out[0].ndim = 2;
  out[0].shape[0] = in[0].shape[0], out[0].shape[1] = in[1].shape[0];
  return 0;
}
std::int32_t outer_sum(void* calls, std::int32_t, const dlpack::Tensor* in, std::int32_t, dlpack::Tensor* out) {
  ++*static_cast<int*>(calls);
  const float *x = static_cast<const float*>(in[0].data), *y = static_cast<const float*>(in[1].data);
  for (i64 i = 0; i < in[0].shape[0]; ++i)
    for (i64 j = 0; j < in[1].shape[0]; ++j) static_cast<float*>(out[0].data)[i * in[1].shape[0] + j] = x[i] + y[j];
  return 0;
}

TEST(Special, ExternalFunctionsHaveACInterface) {
  static int calls = 0;
  register_host_function("test.outer_sum", host_function({1, &outer_shape, &outer_sum, &calls}));
  const Tensor x = Tensor::from({1.f, 2.f}, {2}), y = Tensor::from({10.f, 20.f, 30.f}, {3});
  const Tensor z = host_callback("test.outer_sum", {x, y})[0] * 2;
  EXPECT_THAT(z.to_vector<float>(), ElementsAre(22, 42, 62, 24, 44, 64));
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(error_of([&] { host_callback("test.outer_sum", {x}); }),
              HasSubstr("'test.outer_sum': the shape rule returned 1"));
  EXPECT_THAT(
      error_of([&] { register_host_function("test.outer_sum", host_function({1, &outer_shape, &outer_sum, &calls})); }),
      HasSubstr("already registered"));
  const Tensor tracked = Tensor(x).track();
  EXPECT_THAT(error_of([&] { grad(sum(host_callback("test.outer_sum", {tracked, y})[0]), {tracked}); }),
              HasSubstr("'test.outer_sum' has no gradient"));
}

TEST(Special, UniqueElements) {
  const auto out = Unique{}.evaluate(std::vector{Array::from<float>({2, 1, NAN, 1, -0.f, 0, NAN, 2}, {8})});
  EXPECT_TRUE(identical(out[0], Array::from<float>({-0.f, 1, 2, NAN}, {4})));
  EXPECT_TRUE(identical(out[1], Array::from<i64>({4, 1, 0, 2}, {4})));
  EXPECT_TRUE(identical(out[2], Array::from<i64>({2, 1, 3, 1, 0, 0, 3, 2}, {8})));
  EXPECT_TRUE(identical(out[3], Array::from<i64>({2, 2, 2, 2}, {4})));
  const auto rows = Unique{{0}, false}.evaluate(std::vector{Array::from<float>({1, 0, 0, 1, 1, 0}, {3, 2})});
  EXPECT_TRUE(identical(rows[0], Array::from<float>({1, 0, 0, 1}, {2, 2})));
  EXPECT_TRUE(identical(rows[2], Array::from<i64>({0, 1, 0}, {3})));
}

TEST(Special, NonZeroElements) {
  const auto out = NonZero{}.evaluate(std::vector{Array::from<float>({0, 1, NAN, -0.f, 0, 3}, {2, 3})});
  EXPECT_TRUE(identical(out[0], Array::from<i64>({0, 0, 1, 1, 2, 2}, {2, 3})));
}

TEST(Special, NonMaximumSuppression) {
  // The first example of the ONNX operator: by score 3, 0 and 5; 1 overlaps 0, 2 overlaps 0, 4 overlaps 3.
  const Array boxes = Array::from<float>(
      {0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 0, -0.1f, 1, 0.9f, 0, 10, 1, 11, 0, 10.1f, 1, 11.1f, 0, 100, 1, 101}, {1, 6, 4});
  const Array scores = Array::from<float>({0.9f, 0.75f, 0.6f, 0.95f, 0.5f, 0.3f}, {1, 1, 6});
  const NonMaxSuppression op{3, 0.5, 0.0};
  EXPECT_TRUE(
      identical(op.evaluate(std::vector{boxes, scores})[0], Array::from<i64>({0, 0, 3, 0, 0, 0, 0, 0, 5}, {3, 3})));
}

}  // namespace
}  // namespace tenon
