// Floats of 8 bits and integers of 4, against ml_dtypes (tools/golden/make_float8.py).
#include <gmock/gmock.h>

#include <bit>
#include <cmath>

#include "base/test_folder.h"
#include "tensor/npy.h"

namespace tenon {
namespace {

using testing::HasSubstr;

constexpr DType kForms[] = {DType::F8E4M3FN, DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ};

std::string testdata(const std::string& name) { return TENON_SOURCE_DIR "/src/tensor/testdata/" + name; }

const Array& golden(const std::string& name) {
  static const auto arrays = read_npz(testdata("float8.npz"));
  return arrays.at(name);
}
const Array& golden(DType t, const std::string& what) { return golden(std::string(name_of(t)) + "_" + what); }

TEST(Float8, EveryCodeHasItsValueAndComesBack) {
  for (DType t : kForms)
    for (unsigned code = 0; code < 256; ++code) {
      const float value = f32_from_f8(t, static_cast<std::uint8_t>(code)),
                  expected = golden(t, "values").values<float>()[code];
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(value)) << name_of(t) << ' ' << code;
        EXPECT_TRUE(std::isnan(f32_from_f8(t, f8_from_f32(t, value)))) << name_of(t) << ' ' << code;
      } else {
        EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(expected))
            << name_of(t) << ' ' << code;
        EXPECT_EQ(f8_from_f32(t, value), code) << name_of(t);
      }
    }
}

TEST(Float8, RoundsAsMlDtypes) {
  const auto x = golden("x").values<float>();
  for (DType t : kForms) {
    const auto codes = golden(t, "codes").values<std::uint8_t>();
    const Array cast = golden("x").cast(t);
    for (std::size_t k = 0; k < x.size(); ++k) {
      EXPECT_EQ(f8_from_f32(t, x[k]), codes[k]) << name_of(t) << " of " << x[k];
      EXPECT_EQ(static_cast<const std::uint8_t*>(cast.raw())[k], codes[k]) << name_of(t) << " of " << x[k];
    }
  }
}

// The nearest f32 is a middle of two neighbours, which would be rounded to even.
TEST(Float8, RoundsDoublesOnce) {
  EXPECT_EQ(Number(1.0625 + 0x1p-40).rounded_to(DType::F8E4M3FN), Number(1.125));
  EXPECT_EQ(Number(1.1875 - 0x1p-40).rounded_to(DType::F8E4M3FN), Number(1.125));
  EXPECT_EQ(Number(-(1.125 + 0x1p-40)).rounded_to(DType::F8E5M2), Number(-1.25));
  EXPECT_EQ(Number::of_int((i64{1} << 15) + (i64{1} << 12) + 1).rounded_to(DType::F8E5M2), Number(0x1.4p15));
}

TEST(Float8, Facts) {
  EXPECT_EQ(highest_of(DType::F8E4M3FN), 448);
  for (DType t : kForms) {
    EXPECT_EQ(static_cast<double>(f32_from_f8(t, float8_format(t).highest)), highest_of(t));
    EXPECT_EQ(std::isinf(Number(INFINITY).rounded_to(t).f), has_infinity(t));
    EXPECT_EQ(bytes_of(t, 3), 3);
  }
  EXPECT_FALSE(is_float8(DType::BF16) || is_float8(DType::I64));
}

TEST(Nibble, ValuesWrapAndFloatsSaturate) {
  for (DType t : {DType::I4, DType::U4})
    EXPECT_TRUE(identical(golden("whole").cast(t).cast(DType::I8), golden(t, "values").cast(DType::I8)));
  const auto of = [](double x, DType t) { return Number(x).rounded_to(t).i; };
  EXPECT_EQ(of(-9.7, DType::I4), -8);
  EXPECT_EQ(of(7.9, DType::I4), 7);
  EXPECT_EQ(of(100, DType::I4), 7);
  EXPECT_EQ(of(-3.9, DType::I4), -3);
  EXPECT_EQ(of(-1, DType::U4), 0);
  EXPECT_EQ(of(15.5, DType::U4), 15);
  EXPECT_EQ(of(1e30, DType::U4), 15);
  EXPECT_EQ(of(std::nan(""), DType::I4), 0);
}

TEST(Nibble, OnlyTheLowFourBitsAreRead) {
  const std::uint8_t bytes[] = {0xFD, 0x0D, 0x75};
  EXPECT_EQ(load_number(DType::I4, bytes, 0).i, -3);
  EXPECT_EQ(load_number(DType::I4, bytes, 1).i, -3);
  EXPECT_EQ(load_number(DType::U4, bytes, 0).i, 13);
  EXPECT_EQ(load_number(DType::U4, bytes, 2).i, 5);
  std::uint8_t stored = 0;
  store_number(DType::I4, &stored, 0, Number::of_int(-3));
  EXPECT_EQ(stored, 0xFD);
}

TEST(Nibble, TakesAByteInMemoryAndHalfAByteInFiles) {
  EXPECT_EQ(bytes_of(DType::U4, 3), 3);
  EXPECT_EQ(packed_bytes_of(DType::U4, 3), 2);
  EXPECT_EQ(packed_bytes_of(DType::I4, 4), 2);
  EXPECT_EQ(packed_bytes_of(DType::F8E5M2, 3), 3);
}

Array reals(DType t) { return Array::from<float>({0.5f, -2, 1.75f, 0.0625f, 0, -1}, {2, 3}).cast(t); }

TEST(NarrowNpy, BytesHaveTheTypeThatIsExpected) {
  for (DType t : kForms) {
    const std::string path = testdata(std::string(name_of(t)) + ".npy");
    EXPECT_TRUE(identical(read_npy(path, t), reals(t))) << name_of(t);
    if (t == DType::F8E5M2) {
      EXPECT_TRUE(identical(read_npy(path), reals(t)));
    } else {
      EXPECT_THAT(error_of([&] { read_npy(path); }), HasSubstr("'|V1', bytes of a type that the file does not say"));
      EXPECT_THAT(error_of([&] { read_npy(path, DType::F32); }), HasSubstr("array.astype('f4')"));
    }
  }
  const Array i4 = Array::from<std::int8_t>({-8, -3, 0, 1, 5, 7}, {2, 3}),
              u4 = Array::from<std::uint8_t>({0, 3, 8, 9, 12, 15}, {2, 3});
  EXPECT_TRUE(identical(read_npy(testdata("packed_i4.npy"), DType::I4), i4.cast(DType::I4)));
  EXPECT_TRUE(identical(read_npy(testdata("packed_u4.npy"), DType::U4), u4.cast(DType::U4)));
}

TEST(NarrowNpy, ComesBack) {
  TestFolder folder;
  for (DType t : kForms) {
    write_npy(folder / "x.npy", reals(t));
    EXPECT_TRUE(identical(read_npy(folder / "x.npy", t), reals(t)));
  }
  for (DType t : {DType::I4, DType::U4}) {
    const Array x = Array::from<std::int8_t>({-8, 7, 3, 0, 1}, {5}).cast(t);
    write_npy(folder / "x.npy", x);
    EXPECT_EQ(read_npy(folder / "x.npy").dtype(), t == DType::I4 ? DType::I8 : DType::U8);
    EXPECT_TRUE(identical(read_npy(folder / "x.npy", t), x));
  }
  write_npy(folder / "x.npy", Array::from<std::int8_t>({1, 8}, {2}));
  EXPECT_THAT(error_of([&] { read_npy(folder / "x.npy", DType::I4); }), HasSubstr("element 1 is 8, which is no i4"));
}

}  // namespace
}  // namespace tenon
