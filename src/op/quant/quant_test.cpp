// Quantisation: the gradient that ignores the steps, and mistakes. Values are in the tests over all operators.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "op/functions.h"
#include "op/value_testing.h"

namespace tenon {
namespace {

TEST(Quant, TheGradientPassesWithinTheRange) {
  const Value x = leaf(Array::from<float>({-3, -0.25f, 0.4f, 1.2f, 7}, {5}));
  const Value scale = leaf(Array::from<float>({0.5f}, {})), zero = leaf(Array::from<std::int32_t>({2}, {}));
  const Value y = fake_quantize(x, scale, zero, 0, 7);
  EXPECT_EQ(list_of(y), (List{-1, 0, 0.5, 1, 2.5}));
  const auto g = gradients(sum(y * 3), std::vector{x, scale});
  EXPECT_EQ(list_of(g[0]), (List{0, 3, 3, 3, 0}));
  EXPECT_EQ(list_of(g[1]), List{0});
}

TEST(Quant, ThereAndBackIsWithinHalfAStep) {
  const Value x = leaf(Array::from<float>({-1, 0, 0.3f, 2.7f}, {4}));
  const auto q = dynamic_quantize_linear(x);
  const double step = value_of(q.scale).at(0).as_double();
  EXPECT_NEAR(step, 3.7 / 255, 1e-7);
  const List back = list_of(dequantize_linear(q.values, q.scale, q.zero_point)), given = list_of(x);
  EXPECT_EQ(back[1], 0);
  for (std::size_t k = 0; k < given.size(); ++k) EXPECT_NEAR(back[k], given[k], step / 2 * 1.001);
}

TEST(Quant, MistakesAreExplained) {
  const Value x = leaf(Array::full({DType::F32, {2, 3}}, 1.0)), scale = leaf(Array::full({DType::F32, {3}}, 1.0));
  const auto zero = [](DType t, Shape shape) { return leaf(Array::full({t, std::move(shape)}, 0.0)); };
  EXPECT_EQ(error_of([&] { quantize_linear(x, scale, zero(DType::I64, {3})); }),
            "quantize_linear: quantises to i4, u4, i8, u8, i16, u16, i32 or floats of 8 bits, given i64");
  EXPECT_EQ(error_of([&] { quantize_linear(x, scale, DType::I8, 0); }),
            "quantize_linear: the scale is f32[3], expected one element or [2] for axis 0 of f32[2,3]");
  EXPECT_EQ(error_of([&] { quantize_linear(x, scale, DType::I8, 2); }),
            "quantize_linear: axis 2 is out of range for f32[2,3]");
  EXPECT_EQ(error_of([&] { dequantize_linear(zero(DType::I8, {2, 3}), scale, zero(DType::U8, {})); }),
            "dequantize_linear: the zero point is u8[], expected i8 as x");
  EXPECT_EQ(error_of([&] { fake_quantize(x, scale, zero(DType::U8, {}), 9, 8); }),
            "fake_quantize: low is 9 and high 8; expected low <= high, both within 2^24 of 0");
  EXPECT_EQ(error_of([&] { dynamic_quantize_linear(cast(x, DType::F16)); }),
            "dynamic_quantize_linear: takes f32, given f16[2,3]; cast it first");
}

}  // namespace
}  // namespace tenon
