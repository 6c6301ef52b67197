#include "ir/attribute_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "expr/build.h"

namespace tenon {
namespace {

Attribute parse(std::string_view text) {
  Lexer lexer(text);
  Attribute a = parse_attribute(lexer);
  EXPECT_EQ(lexer.peek().kind, Token::Kind::End) << text;
  return a;
}

template <class T>
std::string print(const T& value) {
  return to_text(FieldRef(&value));
}

// Prints, parses, compares bit by bit; returns the text.
template <class T>
std::string round_trip(const T& value) {
  std::string text = print(value);
  Attribute back = parse(text);
  const T* read = std::get_if<T>(&back);
  EXPECT_NE(read, nullptr) << text;
  if (read == nullptr) return text;
  EXPECT_TRUE(equal(Fields{{"x", &value}}, Fields{{"x", read}})) << text;
  EXPECT_EQ(print(*read), text);
  return text;
}

std::string error_of(std::string_view text) {
  try {
    parse(text);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

// All bit patterns of a narrow type, or random ones of a wide type.
Array patterns(DType t) {
  i64 count = bits_of(t) <= 16 ? i64(1) << bits_of(t) : 20'000;
  if (t == DType::Bool) count = 2;
  if (value_bits_of(t) == 4) count = 8;  // bytes of both types
  Array a(t, {count});
  std::mt19937_64 random(7);
  for (i64 k = 0; k < count; ++k) {
    std::uint64_t bits = bits_of(t) <= 16 ? static_cast<std::uint64_t>(k) : random();
    std::memcpy(static_cast<std::byte*>(a.raw()) + bytes_of(t, k), &bits, static_cast<std::size_t>(bytes_of(t, 1)));
  }
  return a;
}

TEST(AttributeText, PlainValues) {
  EXPECT_EQ(round_trip(true), "true");
  EXPECT_EQ(round_trip(false), "false");
  EXPECT_EQ(round_trip(i64(-42)), "-42");
  EXPECT_EQ(round_trip(std::numeric_limits<i64>::min()), "-9223372036854775808");
  EXPECT_EQ(round_trip(std::string("a \"b\"\n")), R"("a \"b\"\n")");
  EXPECT_EQ(round_trip(DType::BF16), "bf16");
  EXPECT_EQ(round_trip(Ints{1, -2, 3}), "[1,-2,3]");
  EXPECT_EQ(round_trip(Ints{}), "[]");
}

TEST(AttributeText, NumbersKeepTheirBits) {
  EXPECT_EQ(round_trip(1.0), "1.0");
  EXPECT_EQ(round_trip(-0.0), "-0.0");
  EXPECT_EQ(round_trip(0.1), "0.1");
  EXPECT_EQ(round_trip(1e300), "1e+300");
  EXPECT_EQ(round_trip(5e-324), "5e-324");
  EXPECT_EQ(round_trip(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(round_trip(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(round_trip(std::bit_cast<double>(0x7ff8000000000000u)), "nan");
  EXPECT_EQ(round_trip(std::bit_cast<double>(0xfff8000000000000u)), "-nan");
  EXPECT_EQ(round_trip(std::bit_cast<double>(0xfff8000000000123u)), "nan(0xfff8000000000123)");
  EXPECT_EQ(round_trip(std::vector<double>{1, 0.5, -INFINITY}), "[1.0,0.5,-inf]");
  std::mt19937_64 random(1);
  for (int k = 0; k < 20'000; ++k) round_trip(std::bit_cast<double>(random()));
}

TEST(AttributeText, AnIntegerListBecomesNumbersWithItsFirstReal) {
  EXPECT_EQ(std::get<std::vector<double>>(parse("[1, 2.5, 3]")), (std::vector<double>{1, 2.5, 3}));
  EXPECT_EQ(std::get<Ints>(parse("[1, 2]")), (Ints{1, 2}));
}

TEST(AttributeText, ArraysKeepTheirBits) {
  EXPECT_EQ(round_trip(Array::from<float>({1, 2.5f, -0.0f, 0.1f}, {2, 2})), "dense f32[2,2] [1,2.5,-0,0.1]");
  EXPECT_EQ(round_trip(Array::from<bool>({true, false}, {2})), "dense bool[2] [true,false]");
  EXPECT_EQ(round_trip(Array::scalar(7, DType::U8)), "dense u8[] [7]");
  EXPECT_EQ(round_trip(Array::scalar(Number::of_uint(~std::uint64_t{0}), DType::U64)),
            "dense u64[] [18446744073709551615]");
  EXPECT_EQ(round_trip(Array(DType::F64, {0, 3})), "dense f64[0,3] []");
  EXPECT_EQ(round_trip(Array::from<std::int32_t>({1, 2, 3, 4}, {2, 2}).transposed({1, 0})), "dense i32[2,2] [1,3,2,4]");
  for (DType t : kAllDTypes) round_trip(patterns(t));
}

TEST(AttributeText, HalvesUseFewDigits) {
  EXPECT_EQ(print(Array::scalar(0.1, DType::F16)), "dense f16[] [0.1]");
  EXPECT_EQ(print(Array::scalar(0.1, DType::BF16)), "dense bf16[] [0.1]");
  EXPECT_EQ(print(Array::scalar(65504, DType::F16)), "dense f16[] [6.55e+04]");
}

TEST(AttributeText, ExpressionsComeBack) {
  using namespace expr;
  Type a{DType::F32, {3, 5}}, b{DType::F32, {4, 5}};
  Input x(0, a), y(1, b);
  Index i("i", 3), j("j", 4), k("k", 5);
  std::string text = round_trip(compute({a, b}, {i, j}, sum({k}, x(i, k) * y(j, k))));
  EXPECT_TRUE(text.starts_with("expr(f32[3,5], f32[4,5]) \"")) << text;
  EXPECT_EQ(round_trip(Expr()), "expr() \"\"");
}

TEST(AttributeText, MapsOfAttributes) {
  Lexer lexer(R"({axes=[1], keep=true, label="x"})");
  AttributeMap map = parse_attributes(lexer);
  EXPECT_EQ(map.size(), 3u);
  EXPECT_EQ(std::get<Ints>(map.at("axes")), Ints{1});
  Ints axes{1};
  bool keep = true;
  EXPECT_EQ(to_text(Fields{{"axes", &axes}, {"keep", &keep}}), "{axes=[1], keep=true}");
  EXPECT_EQ(to_text(Fields{}), "");
}

TEST(AttributeText, Types) {
  auto type = [](std::string_view text) {
    Lexer lexer(text);
    return parse_type(lexer);
  };
  EXPECT_EQ(type("f32[2,3]"), (Type{DType::F32, {2, 3}}));
  EXPECT_EQ(type("bool[]"), (Type{DType::Bool, {}}));
  EXPECT_EQ(type("i8[0, 1099511627776]"), (Type{DType::I8, {0, i64(1) << 40}}));
}

TEST(AttributeText, MistakesAreNamedWithTheirPlace) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"",
       "line 1, column 1: expected a value: a number, true, false, a string, an element type, [numbers], dense "
       "f32[2] [1,2], func @f(…) or expr(types) \"…\", found the end of the text"},
      {"[1 2]", "line 1, column 4: expected ',' or ']' in a list, found '2'"},
      {"[1,", "line 1, column 4: expected an element of type f64, found the end of the text"},
      {"1e999", "line 1, column 1: '1e999' is not a value of type f64"},
      {"99999999999999999999", "line 1, column 1: '99999999999999999999' does not fit 64 bits"},
      {"nan(0x7ff0000000000000)", "line 1, column 5: '0x7ff0000000000000' are not the bits of a NaN of type f64"},
      {"nan(17)", "line 1, column 5: '17' are not the bits of a NaN of type f64"},
      {"dense f32[3] [1,2]", "line 1, column 18: expected ',' after element 1 of f32[3], found ']'"},
      {"dense f32[1] [1,2]", "line 1, column 16: expected ']' after the 1 elements of f32[1], found ','"},
      {"dense u8[1] [256]", "line 1, column 14: '256' is not a value of type u8"},
      {"dense u8[1] [1.5]", "line 1, column 14: '1.5' is not a value of type u8"},
      {"dense f16[1] [1e6]", "line 1, column 15: '1e6' is not a value of type f16"},
      {"dense f16[1] [nan(0x17e00)]", "line 1, column 19: '0x17e00' are not the bits of a NaN of type f16"},
      {"dense bool[1] [2]", "line 1, column 16: '2' is not a value of type bool"},
      {"dense f32[1000000000] [1]",
       "line 1, column 7: f32[1000000000] has 1000000000 elements, more than the rest of "
       "the text can hold"},
      {"dense f32[1099511627776,1099511627776] []", "line 1, column 7: this type has more than 1099511627776 elements"},
      {"dense f32[-1] []", "line 1, column 11: the extent -1 is negative"},
      {"dense f32[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] [1]", "line 1, column 43: a type has at most 16 dimensions"},
      {"expr(f32) \"\"", "line 1, column 9: expected '[' before the extents of a type, found ')'"},
  };
  for (auto [text, message] : cases) EXPECT_EQ(error_of(text), message);
  Lexer twice("{a=1, a=2}");
  EXPECT_THROW(parse_attributes(twice), Error);
}

TEST(AttributeText, AFieldIsEqualToItselfOnly) {
  double nan = NAN, zero = 0.0, minus = -0.0;
  EXPECT_TRUE(equal(Fields{{"x", &nan}}, Fields{{"x", &nan}}));
  EXPECT_FALSE(equal(Fields{{"x", &zero}}, Fields{{"x", &minus}}));
  EXPECT_FALSE(equal(Fields{{"x", &zero}}, Fields{{"y", &zero}}));
  EXPECT_NE(hash_of(Fields{{"x", &zero}}), hash_of(Fields{{"x", &minus}}));
  EXPECT_NE(hash_of("a", Fields{{"x", &zero}}), hash_of("b", Fields{{"x", &zero}}));
  i64 one = 1;
  bool yes = true;
  EXPECT_NE(hash_of(Fields{{"x", &one}}), hash_of(Fields{{"x", &yes}})) << "kinds differ";
}

}  // namespace
}  // namespace tenon
