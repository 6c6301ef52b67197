#include "tensor/dtype.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::HasSubstr;

// The value that IEEE 754 gives a pattern of `mantissa` bits below exponent and sign, 16 in all.
double value_of(unsigned pattern, int mantissa, int bias) {
  int exponent_bits = 15 - mantissa;
  int exponent = static_cast<int>(pattern >> mantissa) & ((1 << exponent_bits) - 1);
  double fraction = static_cast<double>(pattern & ((1u << mantissa) - 1));
  double sign = pattern & 0x8000u ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  }
  double one = std::ldexp(1.0, mantissa);
  return exponent == 0 ? sign * std::ldexp(fraction, 1 - bias - mantissa)
                       : sign * std::ldexp(one + fraction, exponent - bias - mantissa);
}

struct Format {
  int mantissa, bias;
  float (*widen)(std::uint16_t);
  std::uint16_t (*narrow)(float);
};

class NarrowFloat : public testing::TestWithParam<Format> {};

TEST_P(NarrowFloat, EveryPatternHasItsValueAndComesBack) {
  auto [mantissa, bias, widen, narrow] = GetParam();
  for (unsigned pattern = 0; pattern < 0x10000; ++pattern) {
    double expected = value_of(pattern, mantissa, bias);
    float value = widen(static_cast<std::uint16_t>(pattern));
    std::uint16_t back = narrow(value);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(value) && std::isnan(widen(back))) << pattern;
      EXPECT_EQ(back & 0x8000, static_cast<int>(pattern & 0x8000)) << pattern;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(static_cast<float>(expected)))
          << pattern;
      EXPECT_EQ(back, pattern);
    }
  }
}

// Between two neighbours, the middle goes to the even one and everything else to the nearer one.
TEST_P(NarrowFloat, RoundsToNearestEven) {
  auto [mantissa, bias, widen, narrow] = GetParam();
  unsigned infinity = ((1u << (15 - mantissa)) - 1) << mantissa;
  for (unsigned low = 0; low < infinity; ++low) {
    double step = value_of(low, mantissa, bias) - (low ? value_of(low - 1, mantissa, bias) : 0);
    double next = low + 1 < infinity ? value_of(low + 1, mantissa, bias) : value_of(low, mantissa, bias) + step;
    float middle = static_cast<float>(value_of(low, mantissa, bias) / 2 + next / 2);
    for (unsigned sign : {0u, 0x8000u}) {
      float signed_middle = sign ? -middle : middle;
      float outer = std::nextafter(signed_middle, sign ? -INFINITY : INFINITY);
      unsigned even = low % 2 == 0 ? low : low + 1;
      ASSERT_EQ(narrow(signed_middle), even | sign) << low;
      ASSERT_EQ(narrow(std::nextafter(signed_middle, 0.0f)), low | sign) << low;
      ASSERT_EQ(narrow(outer), (low + 1) | sign) << low;
    }
  }
  EXPECT_EQ(narrow(std::numeric_limits<float>::max()), infinity);
}

INSTANTIATE_TEST_SUITE_P(Formats, NarrowFloat,
                         testing::Values(Format{10, 15, f32_from_f16, f16_from_f32},
                                         Format{7, 127, f32_from_bf16, bf16_from_f32}),
                         [](const auto& format) { return format.index == 0 ? "f16" : "bf16"; });

TEST(DType, NamesAndWidths) {
  for (DType t : kAllDTypes) EXPECT_EQ(dtype_from_name(name_of(t)), t);
  EXPECT_THAT(error_of([] { dtype_from_name("f8"); }),
              HasSubstr("'f8'; known are f64, f32, f16, bf16, f8e4m3fn, f8e4m3fnuz, f8e5m2"));
  EXPECT_EQ(bytes_of(DType::F64, 3), 24);
  EXPECT_EQ(bytes_of(DType::BF16, 3), 6);
  EXPECT_EQ(bytes_of(DType::Bool, 3), 3);
}

TEST(DType, Limits) {
  EXPECT_EQ(highest_of(DType::F16), 65504);
  EXPECT_EQ(highest_of(DType::BF16), static_cast<double>(f32_from_bf16(0x7F7F)));
  EXPECT_EQ(lowest_of(DType::F32), -static_cast<double>(std::numeric_limits<float>::max()));
  EXPECT_EQ(lowest_of(DType::I8), -128);
  EXPECT_EQ(highest_of(DType::U8), 255);
  EXPECT_EQ(highest_of(DType::U16), 65535);
  EXPECT_EQ(highest_of(DType::U32), 4294967295.0);
  EXPECT_EQ(highest_of(DType::U64), 0x1p64);
  EXPECT_EQ(lowest_of(DType::U64), 0);
  EXPECT_EQ(lowest_of(DType::I64), -0x1p63);
}

TEST(DType, PromotionsByTheRule) {
  std::istringstream table(R"(
               f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i8         i4         u64        u32        u16        u8         u4         bool
    f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64        f64
    f32        f64        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32        f32
    f16        f64        f32        f16        f32        f16        f16        f16        f16        f16        f16        f16        f16        f16        f16        f16        f16        f16        f16        f16
    bf16       f64        f32        f32        bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16       bf16
    f8e4m3fn   f64        f32        f16        bf16       f8e4m3fn   f16        f16        f16        f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn   f8e4m3fn
    f8e4m3fnuz f64        f32        f16        bf16       f16        f8e4m3fnuz f16        f16        f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz f8e4m3fnuz
    f8e5m2     f64        f32        f16        bf16       f16        f16        f8e5m2     f16        f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2     f8e5m2
    f8e5m2fnuz f64        f32        f16        bf16       f16        f16        f16        f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz f8e5m2fnuz
    i64        f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i64        i64        i64        i64        f64        i64        i64        i64        i64        i64
    i32        f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i32        i32        i32        f64        i64        i32        i32        i32        i32
    i16        f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i16        i16        f64        i64        i32        i16        i16        i16
    i8         f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i8         i8         f64        i64        i32        i16        i8         i8
    i4         f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i8         i4         f64        i64        i32        i16        i8         i4
    u64        f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz f64        f64        f64        f64        f64        u64        u64        u64        u64        u64        u64
    u32        f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i64        i64        i64        i64        u64        u32        u32        u32        u32        u32
    u16        f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i32        i32        i32        u64        u32        u16        u16        u16        u16
    u8         f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i16        i16        u64        u32        u16        u8         u8         u8
    u4         f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i8         i8         u64        u32        u16        u8         u4         u4
    bool       f64        f32        f16        bf16       f8e4m3fn   f8e4m3fnuz f8e5m2     f8e5m2fnuz i64        i32        i16        i8         i4         u64        u32        u16        u8         u4         bool)");
  std::string word;
  for (std::size_t k = 0; k < std::size(kAllDTypes); ++k) table >> word;
  for (DType a : kAllDTypes) {
    table >> word;
    ASSERT_EQ(word, name_of(a));
    for (DType b : kAllDTypes) {
      table >> word;
      EXPECT_EQ(name_of(promote(a, b)), word) << name_of(a) << " with " << name_of(b);
    }
  }
}

TEST(DType, Accumulation) {
  EXPECT_EQ(accumulate_type(DType::F16), DType::F32);
  EXPECT_EQ(accumulate_type(DType::BF16), DType::F32);
  EXPECT_EQ(accumulate_type(DType::F8E5M2), DType::F32);
  EXPECT_EQ(accumulate_type(DType::I4), DType::I32);
  EXPECT_EQ(accumulate_type(DType::F64), DType::F64);
  EXPECT_EQ(accumulate_type(DType::U8), DType::I32);
  EXPECT_EQ(accumulate_type(DType::Bool), DType::I32);
  EXPECT_EQ(accumulate_type(DType::I64), DType::I64);
  EXPECT_EQ(accumulate_type(DType::U16), DType::I32);
  EXPECT_EQ(accumulate_type(DType::U32), DType::U32);
  EXPECT_EQ(accumulate_type(DType::U64), DType::U64);
}

}  // namespace
}  // namespace tenon
