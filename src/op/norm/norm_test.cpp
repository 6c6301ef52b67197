// Normalisation: precision, mixed element types, mistakes. Values and gradients are in the tests over all operators.
#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "op/functions.h"
#include "op/value_testing.h"

namespace tenon {
namespace {

Value filled(DType t, Shape shape, double value = 1) { return leaf(Array::full({t, std::move(shape)}, value)); }

// A variance as the mean of squares less the square of the mean would be lost in rounding.
TEST(Norm, TheVarianceOfLargeNumbersIsRight) {
  const Value x = leaf(Array::from<float>({10000.25f, 10000.5f, 10000.75f, 10001.0f}, {4, 1}));
  const auto batch = batch_norm_training(x, filled(DType::F32, {1}), filled(DType::F32, {1}, 0));
  EXPECT_EQ(value_of(batch.mean).at(0).as_double(), 10000.625);
  EXPECT_EQ(value_of(batch.variance).at(0).as_double(), 0.078125);
  EXPECT_EQ(value_of(variance(x)).at(0).as_double(), 0.078125);
  EXPECT_NEAR(value_of(layer_norm(x, 0, 0)).at(0).as_double(), -1.3416407865, 1e-6);
}

TEST(Norm, ParametersOfNarrowOperandsMayBeWide) {
  const Value x = filled(DType::BF16, {2, 3}), c = filled(DType::F32, {3});
  const auto batch = batch_norm_training(x, c, c);
  EXPECT_EQ(batch.y.type(), x.type());
  EXPECT_EQ(batch.mean.type(), c.type());
  EXPECT_EQ(batch.variance.type(), c.type());
  EXPECT_EQ(gradients(sum(layer_norm(x, c, c)), std::vector{c})[0].type(), c.type());
  EXPECT_EQ(error_of([&] { layer_norm(x, filled(DType::F64, {3})); }),
            "layer_norm: the scale is f64[3], expected bf16 or f32 for x bf16[2,3]");
}

TEST(Norm, TheGradientOfConstantRowsIsFinite) {
  const Value x = filled(DType::F32, {2, 3});
  for (const Value& y :
       {layer_norm(x), rms_norm(x), norm_l2(x - x, {1}), standard_deviation(x, {1}), lp_normalize(x - x)}) {
    const Array g = value_of(gradients(sum(y * y + y), std::vector{x})[0]);
    for (i64 k = 0; k < g.count(); ++k) EXPECT_TRUE(std::isfinite(g.at(k).as_double()));
  }
}

TEST(Norm, MistakesAreExplained) {
  const Value x = filled(DType::F32, {2, 6, 4}), c = filled(DType::F32, {6}), w = filled(DType::F32, {4});
  EXPECT_EQ(error_of([&] { layer_norm(x, c); }),
            "layer_norm: the scale is f32[6], expected the shape [4] for x f32[2,6,4]");
  EXPECT_EQ(error_of([&] { layer_norm(x, w, w, 3); }), "layer_norm: axis 3 is out of range for f32[2,6,4]");
  EXPECT_EQ(error_of([&] { layer_norm(x, -1, -1.0); }), "layer_norm: epsilon is -1, expected a number of at least 0");
  EXPECT_EQ(error_of([&] { group_norm(x, 4); }), "group_norm: 4 groups do not divide the 6 channels of f32[2,6,4]");
  EXPECT_EQ(error_of([&] { group_norm(x, 0); }), "group_norm: 0 groups do not divide the 6 channels of f32[2,6,4]");
  EXPECT_EQ(error_of([&] { batch_norm(x, c, c, c, w); }),
            "batch_norm: the variance is f32[4], expected the shape [6] for x f32[2,6,4]");
  EXPECT_EQ(error_of([&] { instance_norm(filled(DType::F32, {2, 3})); }),
            "instance_norm: x is f32[2,3], expected [N, channels, positions, ...]");
  EXPECT_EQ(error_of([&] { local_response_norm(x, 0); }),
            "local_response_norm: the size is 0, expected 1 to 1048576 channels");
  EXPECT_EQ(error_of([&] { lp_normalize(x, -1, 3); }), "lp_normalize: p is 3, expected 1 or 2");
}

}  // namespace
}  // namespace tenon
