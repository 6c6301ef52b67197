// Element-wise functions at the ends of their types, and mistakes.
#include "op/math/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "op/functions.h"
#include "op/value_testing.h"

namespace tenon {
namespace {

template <class T>
Value vector_of(std::initializer_list<T> values) {
  return leaf(Array::from<T>(values, {static_cast<i64>(values.size())}));
}
List gradient_of_sum(const Value& y, const Value& x) { return list_of(gradients(sum(y), std::vector{x})[0]); }

TEST(Elementwise, ShiftsBeyondTheWidthMoveEveryBitOut) {
  const Value x = vector_of<std::int8_t>({1, -1, -128, 127}), u = vector_of<std::uint8_t>({1, 255, 128, 7});
  EXPECT_EQ(list_of(shift_left(x, 7)), (List{-128, -128, 0, -128}));
  EXPECT_EQ(list_of(shift_left(x, 8)), (List{0, 0, 0, 0}));
  EXPECT_EQ(list_of(shift_left(x, -1)), (List{0, 0, 0, 0}));
  EXPECT_EQ(list_of(shift_right(x, 100)), (List{0, -1, -1, 0}));
  EXPECT_EQ(list_of(shift_right(x, -1)), (List{0, -1, -1, 0}));
  EXPECT_EQ(list_of(shift_right(u, 7)), (List{0, 1, 1, 0}));
  EXPECT_EQ(list_of(shift_right(u, 8)), (List{0, 0, 0, 0}));
}

TEST(Elementwise, DivisionOfIntegersHasNoTraps) {
  const Value a = vector_of<std::int64_t>({7, -7, 5, std::numeric_limits<i64>::min()}),
              b = vector_of<std::int64_t>({-2, 2, 0, -1});
  EXPECT_EQ(list_of(fmod(a, b)), (List{1, -1, 0, 0}));
  EXPECT_EQ(list_of(floor_divide(a, b)), (List{-4, -4, 0, -0x1p63}));
}

TEST(Elementwise, ClipKeepsWithinTheType) {
  const Value x = vector_of<std::int8_t>({-128, 0, 127});
  EXPECT_EQ(list_of(clip(x, -1e30, 1e30)), (List{-128, 0, 127}));
  EXPECT_EQ(list_of(clip(x, -1, HUGE_VAL)), (List{-1, 0, 127}));
  EXPECT_EQ(error_of([&] { clip(x, 0.5, 3); }),
            "clip: min is 0.5, which no i8 is; cast the operand to a float or round the bound");
  EXPECT_EQ(error_of([&] { clip(x, 200, 300); }), "clip: no i8 lies between 200 and 300; cast the operand first");
  EXPECT_EQ(error_of([&] { clip(vector_of<std::int64_t>({0}), 0x1p63, 0x1p64); }),
            "clip: no i64 lies between 9.223372036854776e+18 and 1.8446744073709552e+19; cast the operand first");
  EXPECT_EQ(error_of([&] { clip(vector_of<float>({0}), std::nan(""), 1); }), "clip: min is NaN, expected a number");
}

TEST(Elementwise, GradientsAtEnds) {
  const Value x = vector_of<float>({-1, 0, 1});
  EXPECT_EQ(gradient_of_sum(clip(x, -1, 1), x), (List{1, 1, 1}));
  EXPECT_EQ(gradient_of_sum(hard_tanh(x), x), (List{0, 1, 0}));
  EXPECT_EQ(gradient_of_sum(relu6(x), x), (List{0, 0, 1}));
  EXPECT_EQ(gradient_of_sum(atan2(x * 0, x * 0), x), (List{0, 0, 0}));
  EXPECT_EQ(gradient_of_sum(asinh(x * 0), x), (List{0, 0, 0}));
}

TEST(Elementwise, MistakesAreExplained) {
  const Value x = vector_of<float>({1, 2}), n = vector_of<std::int32_t>({1, 2});
  EXPECT_EQ(error_of([&] { bit_and(x, x); }), "bit_and: takes integers, given f32; cast it first");
  EXPECT_EQ(error_of([&] { shift_left(greater(x, 1), greater(x, 1)); }),
            "shift_left: takes integers, given bool; cast it first");
  EXPECT_EQ(error_of([&] { is_nan(n); }), "is_nan: takes floats, given i32; cast it first");
  EXPECT_EQ(error_of([&] { gelu(x, "erf"); }), "gelu: approximate is \"erf\", expected \"none\" or \"tanh\"");
  EXPECT_EQ(error_of([&] { hard_tanh(x, 1, -1); }), "hard_tanh: min is 1 and max -1; expected min <= max");
  EXPECT_EQ(error_of([&] { soft_shrink(x, -1); }), "soft_shrink: the threshold is -1, expected at least 0");
  EXPECT_EQ(error_of([&] { celu(x, 0); }), "celu: alpha is 0, expected more than 0");
  EXPECT_EQ(error_of([&] { prelu(x, vector_of<float>({1, 2, 3}), 0); }),
            "prelu: the slope is f32[3], expected one element or [2] for axis 0 of f32[2]");
}

}  // namespace
}  // namespace tenon
