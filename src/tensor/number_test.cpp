#include "tensor/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/rng.h"

namespace tenon {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr i64 kMax = std::numeric_limits<i64>::max(), kMin = std::numeric_limits<i64>::min();

double rounded(Number n, DType t) { return n.rounded_to(t).f; }

// A detour over f32 would make a tie of each of these, and then round to even.
TEST(Number, DoublesAreRoundedToNarrowFloatsOnce) {
  EXPECT_EQ(rounded(1 + 0x1p-11 + 0x1p-40, DType::F16), 1 + 0x1p-10);
  EXPECT_EQ(rounded(1 + 3 * 0x1p-11 - 0x1p-40, DType::F16), 1 + 0x1p-10);
  EXPECT_EQ(rounded(-(1 + 0x1p-8 + 0x1p-40), DType::BF16), -(1 + 0x1p-7));
  EXPECT_EQ(rounded(0x1p-25 + 0x1p-70, DType::F16), 0x1p-24);
  EXPECT_EQ(rounded(0x1p-25, DType::F16), 0);
  EXPECT_EQ(rounded(1e300, DType::F16), INFINITY);
  EXPECT_EQ(rounded(-1e300, DType::BF16), -INFINITY);
  EXPECT_TRUE(std::isnan(rounded(NAN, DType::F16)));
}

TEST(Number, IntegersAreRoundedToFloatsOnce) {
  EXPECT_EQ(rounded(Number::of_int((i64{1} << 60) + (i64{1} << 36) + 1), DType::F32), 0x1p60 + 0x1p37);
  EXPECT_EQ(rounded(Number::of_int((i64{1} << 60) + (i64{1} << 52) + 1), DType::BF16), 0x1p60 + 0x1p53);
  EXPECT_EQ(rounded(Number::of_int(kMin), DType::F32), -0x1p63);
  Rng rng(1);
  for (int k = 0; k < 10000; ++k) {
    i64 value = static_cast<i64>(rng.next()) >> rng.below(64);
    EXPECT_EQ(rounded(Number::of_int(value), DType::F32), static_cast<double>(static_cast<float>(value)));
    EXPECT_EQ(rounded(Number::of_int(value), DType::F64), static_cast<double>(value));
  }
}

TEST(Number, FloatsBecomeIntegersByTruncationAndSaturation) {
  EXPECT_EQ(Number(-2.9).rounded_to(DType::I32), Number::of_int(-2));
  EXPECT_EQ(Number(300.0).rounded_to(DType::I8), Number::of_int(127));
  EXPECT_EQ(Number(-300.0).rounded_to(DType::I8), Number::of_int(-128));
  EXPECT_EQ(Number(-1.0).rounded_to(DType::U8), Number::of_int(0));
  EXPECT_EQ(Number(255.9).rounded_to(DType::U8), Number::of_int(255));
  EXPECT_EQ(Number(INFINITY).rounded_to(DType::I64), Number::of_int(kMax));
  EXPECT_EQ(Number(-1e19).as_int(), kMin);
  EXPECT_EQ(Number(NAN).rounded_to(DType::I32), Number::of_int(0));
}

TEST(Number, IntegersWrap) {
  EXPECT_EQ(Number::of_int(300).rounded_to(DType::U8), Number::of_int(44));
  EXPECT_EQ(Number::of_int(200).rounded_to(DType::I8), Number::of_int(-56));
  EXPECT_EQ(Number::of_int(kMax).rounded_to(DType::I32), Number::of_int(-1));
}

TEST(Number, U64IsExact) {
  const Number most = Number::of_uint(kMost);
  EXPECT_EQ(most.rounded_to(DType::U64), most);
  EXPECT_EQ(Number::of_int(-1).rounded_to(DType::U64), most);
  EXPECT_EQ(most.rounded_to(DType::I64), Number::of_int(-1));
  EXPECT_EQ(most.rounded_to(DType::U32), Number::of_int(0xFFFFFFFF));
  EXPECT_EQ(most.rounded_to(DType::Bool), Number::of_int(1));
  EXPECT_FALSE(most == Number::of_int(-1));
  EXPECT_EQ(Number::of_uint(5), Number::of_int(5));
  EXPECT_EQ(most.as_double(), 0x1p64);
  EXPECT_EQ(most.as_int(), kMax);
  EXPECT_EQ(integer_text(most), "18446744073709551615");
  EXPECT_EQ(integer_text(Number::of_int(-7)), "-7");
  EXPECT_TRUE(integer_less(Number::of_int(kMax), most));
  EXPECT_FALSE(integer_less(most, Number::of_int(-1)));
  EXPECT_TRUE(integer_less(Number::of_uint(kMost - 1), most));
}

TEST(Number, FloatsBecomeU64ByTruncationAndSaturation) {
  EXPECT_EQ(Number(0x1p63 + 2048.0).rounded_to(DType::U64), Number::of_uint((std::uint64_t{1} << 63) + 2048));
  EXPECT_EQ(Number(1e30).rounded_to(DType::U64), Number::of_uint(kMost));
  EXPECT_EQ(Number(0x1p64).rounded_to(DType::U64), Number::of_uint(kMost));
  EXPECT_EQ(Number(-1.5).rounded_to(DType::U64), Number::of_int(0));
  EXPECT_EQ(Number(NAN).rounded_to(DType::U64), Number::of_int(0));
  EXPECT_EQ(Number(70000.0).rounded_to(DType::U16), Number::of_int(65535));
  EXPECT_EQ(Number(4294967295.9).rounded_to(DType::U32), Number::of_int(4294967295));
}

TEST(Number, U64IsRoundedToFloatsOnce) {
  const std::uint64_t top = std::uint64_t{1} << 63;
  EXPECT_EQ(rounded(Number::of_uint(top + (std::uint64_t{1} << 39) + 1), DType::F32), 0x1p63 + 0x1p40);
  EXPECT_EQ(rounded(Number::of_uint(top + (std::uint64_t{1} << 55) + 1), DType::BF16), 0x1p63 + 0x1p56);
  EXPECT_EQ(rounded(Number::of_uint(kMost), DType::F16), INFINITY);
  Rng rng(3);
  for (int k = 0; k < 10000; ++k) {
    const std::uint64_t value = rng.next() >> rng.below(64);
    EXPECT_EQ(rounded(Number::of_uint(value), DType::F32), static_cast<double>(static_cast<float>(value)));
    EXPECT_EQ(rounded(Number::of_uint(value), DType::F64), static_cast<double>(value));
  }
}

TEST(Number, BoolIsWhetherItDiffersFromZero) {
  EXPECT_EQ(Number(0.25).rounded_to(DType::Bool), Number::of_int(1));
  EXPECT_EQ(Number(-0.0).rounded_to(DType::Bool), Number::of_int(0));
  EXPECT_EQ(Number(NAN).rounded_to(DType::Bool), Number::of_int(1));
  EXPECT_EQ(Number::of_int(256).rounded_to(DType::Bool), Number::of_int(1));
}

TEST(Number, StoredElementsAreLoadedAsRounded) {
  Rng rng(2);
  alignas(8) std::byte buffer[64];
  for (DType t : kAllDTypes) {
    for (int k = 0; k < 200; ++k) {
      Number n = k % 2 ? Number((rng.uniform() - 0.5) * 400) : Number::of_int(static_cast<i64>(rng.below(1000)) - 500);
      store_number(t, buffer, 3, n);
      EXPECT_EQ(load_number(t, buffer, 3), n.rounded_to(t)) << name_of(t);
    }
  }
}

TEST(Number, EqualityIsBitwise) {
  EXPECT_EQ(Number(NAN), Number(NAN));
  EXPECT_FALSE(Number(0.0) == Number(-0.0));
  EXPECT_FALSE(Number(0.0) == Number::of_int(0));
}

}  // namespace
}  // namespace tenon
