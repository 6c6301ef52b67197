#include "tensor/npy.h"

#include <gmock/gmock.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::HasSubstr;

struct Case {
  const char* code;
  DType dtype;
};
constexpr Case kCases[] = {{"f8", DType::F64}, {"f4", DType::F32}, {"f2", DType::F16}, {"i8", DType::I64},
                           {"i4", DType::I32}, {"i2", DType::I16}, {"i1", DType::I8},  {"u8", DType::U64},
                           {"u4", DType::U32}, {"u2", DType::U16}, {"u1", DType::U8},  {"b1", DType::Bool}};

std::string testdata(const std::string& name) { return std::string(TENON_SOURCE_DIR "/src/tensor/testdata/") + name; }

// What tools/golden/make_npy.py puts into its 2x3 arrays.
Array expected(DType t) {
  Array a(t, {2, 3});
  for (i64 k = 0; k < 6; ++k) {
    if (is_float(t)) a.set(k, static_cast<double>(k - 2) * 1.5);
    if (is_integer(t)) a.set(k, Number::of_int(is_signed(t) ? (k - 2) * 17 : 40 * k));
    if (t == DType::Bool) a.set(k, Number::of_int(k % 2));
  }
  return a;
}

TEST(Npy, ReadsWhatNumPyWrote) {
  for (auto [code, dtype] : kCases) {
    for (std::string variant : {"", "_fortran", "_big"}) {
      if (variant == "_big" && bits_of(dtype) == 8) continue;
      Array a = read_npy(testdata(code + variant + ".npy"));
      EXPECT_TRUE(identical(a, expected(dtype))) << code << variant << " " << to_string(a);
    }
  }
  EXPECT_TRUE(identical(read_npy(testdata("bf16.npy")), expected(DType::BF16)));
  EXPECT_TRUE(identical(read_npy(testdata("scalar.npy")), Array::scalar(2.5, DType::F32)));
  EXPECT_TRUE(identical(read_npy(testdata("vector.npy")), Array::from<std::int32_t>({0, 1, 2, 3, 4}, {5})));
  EXPECT_EQ(read_npy(testdata("empty.npy")).shape(), (Shape{0, 3}));
  EXPECT_TRUE(identical(read_npy(testdata("version2.npy")), expected(DType::F32)));
  EXPECT_TRUE(identical(read_npy(testdata("version3.npy")), expected(DType::F32)));
}

TEST(Npy, WritesTheBytesOfNumPy) {
  TestFolder folder;
  auto check = [&](const Array& a, const std::string& name) {
    write_npy(folder / "a.npy", a);
    EXPECT_EQ(read_file(folder / "a.npy"), read_file(testdata(name + ".npy"))) << name;
  };
  for (auto [code, dtype] : kCases) check(expected(dtype), code);
  check(expected(DType::F32).transposed({1, 0}).to_contiguous().transposed({1, 0}), "f4");
  check(Array::scalar(2.5, DType::F32), "scalar");
  check(Array::from<std::int32_t>({0, 1, 2, 3, 4}, {5}), "vector");
  check(Array(DType::F32, {0, 3}), "empty");
  write_npy(folder / "b.npy", expected(DType::BF16));
  EXPECT_TRUE(identical(read_npy(folder / "b.npy"), expected(DType::BF16)));
}

TEST(Npy, RefusesOtherElements) {
  EXPECT_THAT(error_of([] { read_npy(testdata("refused_text.npy")); }), HasSubstr("'<U2'; supported are f8 f4"));
  EXPECT_THAT(error_of([] { read_npy(testdata("refused_complex.npy")); }), HasSubstr("'<c8'"));
  EXPECT_THAT(error_of([] { read_npy(testdata("refused_record.npy")); }), HasSubstr("records"));
}

std::string npy(const std::string& header, std::size_t data_bytes) {
  std::string out("\x93NUMPY\1\0", 8);
  append_little(out, static_cast<std::uint16_t>(header.size()));
  return out + header + std::string(data_bytes, '\2');
}

std::string error_for(const std::string& bytes) {
  return error_of([&] { parse_npy(bytes_of_text(bytes), "x.npy"); });
}

TEST(Npy, ToleratesOtherSpellingsOfTheHeader) {
  std::string header = " { \"shape\" : ( 2L , 3 ) ,\t'fortran_order':False,'descr':'|b1' } \n";
  Array a = parse_npy(bytes_of_text(npy(header, 6)), "x.npy");
  EXPECT_TRUE(identical(a, Array::full({DType::Bool, {2, 3}}, Number::of_int(1))));
}

TEST(Npy, MalformedFilesAreErrors) {
  EXPECT_THAT(error_for(""), HasSubstr("no .npy file"));
  EXPECT_THAT(error_for("PK\3\4 something else"), HasSubstr("no .npy file"));
  EXPECT_THAT(error_for(std::string("\x93NUMPY\4\0", 8)), HasSubstr("version 4.0"));
  EXPECT_THAT(error_for(std::string("\x93NUMPY\2\0\xFF\xFF\xFF\xFF", 12)), HasSubstr("claims 4294967295 bytes"));
  EXPECT_THAT(error_for(std::string("\x93NUMPY\1\0\x40\0{", 11)), HasSubstr("truncated"));
  auto with_shape = [](const std::string& shape) {
    return npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }", 24);
  };
  EXPECT_EQ(error_for(with_shape("(2, 3)")), "");
  EXPECT_THAT(error_for(with_shape("(2, 2)")), HasSubstr("24 bytes of data, but its header says f32[2,2]"));
  EXPECT_THAT(error_for(with_shape("(7,)")), HasSubstr("24 bytes of data"));
  EXPECT_THAT(error_for(with_shape("(-2, 3)")), HasSubstr("negative"));
  EXPECT_THAT(error_for(with_shape("(4294967296, 4294967296)")), HasSubstr("64 bits"));
  EXPECT_THAT(error_for(with_shape("(4611686018427387904,)")), HasSubstr("24 bytes of data"));
  EXPECT_THAT(error_for(with_shape("(99999999999999999999,)")), HasSubstr("fits 64 bits"));
  EXPECT_THAT(error_for(with_shape("(2 3)")), HasSubstr("malformed"));
  EXPECT_THAT(error_for(with_shape("2")), HasSubstr("malformed"));
  std::string ones = "(";
  for (int k = 0; k < 100; ++k) ones += "1,";
  EXPECT_THAT(error_for(with_shape(ones + ")")), HasSubstr("more than 64 dimensions"));
  EXPECT_THAT(error_for(npy("{'descr': '<f4', 'fortran_order': False}", 0)), HasSubstr("lacks"));
  EXPECT_THAT(error_for(npy("{'descr': '<f4', 'descr': '<f4'}", 0)), HasSubstr("repeated key 'descr'"));
  EXPECT_THAT(error_for(npy("{'descr': '', 'fortran_order': False}", 0)), HasSubstr("type ''"));
  EXPECT_THAT(error_for(npy("{'fortran_order': Perhaps}", 0)), HasSubstr("True or False"));
  EXPECT_THAT(error_for(npy("{'descr': '<f4", 0)), HasSubstr("closing quote"));
}

TEST(Npy, EveryTruncationIsAnError) {
  std::string whole = read_file(testdata("f4.npy"));
  TestFolder folder;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_for(whole.substr(0, size)), "") << size;
  }
  write_file_atomically(folder / "short.npy", whole.substr(0, whole.size() - 1));
  EXPECT_THAT(error_of([&] { read_npy(folder / "short.npy"); }), HasSubstr("short.npy"));
}

TEST(Npz, ReadsWhatNumPyWrote) {
  for (std::string name : {"stored.npz", "deflated.npz"}) {
    auto arrays = read_npz(testdata(name));
    ASSERT_EQ(arrays.size(), 3u) << name;
    EXPECT_TRUE(identical(arrays["a"], expected(DType::F32)));
    EXPECT_TRUE(identical(arrays["b"], expected(DType::I64)));
    EXPECT_TRUE(identical(arrays["zeros"], Array::full(arrays["zeros"].type(), 0.0)));
  }
}

TEST(Npz, WhatWasWrittenIsRead) {
  TestFolder folder;
  std::map<std::string, Array> arrays{{"layer.0", expected(DType::F32)},
                                      {"t", expected(DType::I16).transposed({1, 0})}};
  write_npz(folder / "a.npz", arrays);
  auto back = read_npz(folder / "a.npz");
  ASSERT_EQ(back.size(), 2u);
  for (const auto& [name, array] : arrays) EXPECT_TRUE(identical(back[name], array)) << name;
}

TEST(Npz, DamageIsAnError) {
  std::string whole = read_file(testdata("deflated.npz"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_of([&] { parse_npz(bytes_of_text(whole.substr(0, size)), "x.npz"); }), "") << size;
  }
  std::size_t deflated = whole.find("a.npy") + 40;
  whole[deflated] = static_cast<char>(whole[deflated] ^ 0xFF);
  EXPECT_NE(error_of([&] { parse_npz(bytes_of_text(whole), "x.npz"); }), "");
}

}  // namespace
}  // namespace tenon
