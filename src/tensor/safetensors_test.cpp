#include "tensor/safetensors.h"

#include <gmock/gmock.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::HasSubstr;

// What tools/golden/make_safetensors.py puts into its file.
SafeTensors expected() {
  SafeTensors content;
  auto fill = [&](const char* name, DType t) {
    Array a(t, {2, 3});
    for (i64 k = 0; k < 6; ++k) {
      if (is_float(t)) a.set(k, static_cast<double>(k - 2) * 1.5);
      if (is_integer(t)) a.set(k, Number::of_int(is_signed(t) ? (k - 2) * 17 : 40 * k));
      if (t == DType::Bool) a.set(k, Number::of_int(k % 2));
    }
    content.tensors.emplace(name, a);
  };
  fill("f8", DType::F64), fill("f4", DType::F32), fill("f2", DType::F16), fill("i8", DType::I64),
      fill("i4", DType::I32);
  fill("i2", DType::I16), fill("i1", DType::I8), fill("u8", DType::U64), fill("u4", DType::U32), fill("u2", DType::U16),
      fill("u1", DType::U8), fill("b1", DType::Bool);
  content.tensors.emplace("scalar", Array::scalar(2.5, DType::F32));
  content.tensors.emplace("empty", Array(DType::F32, {0, 3}));
  content.metadata = {{"model", "mlp \"784-128\""}, {"größe", "ü"}};
  return content;
}

void expect_equal(const SafeTensors& a, const SafeTensors& b) {
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, array] : a.tensors) {
    auto found = b.tensors.find(name);
    EXPECT_TRUE(found != b.tensors.end() && identical(array, found->second)) << name;
  }
}

TEST(SafeTensors, ReadsWhatTheReferenceLibraryWrote) {
  expect_equal(read_safetensors(TENON_SOURCE_DIR "/src/tensor/testdata/reference.safetensors"), expected());
}

TEST(SafeTensors, WhatWasWrittenIsReadAndTheBytesAreDetermined) {
  TestFolder folder;
  SafeTensors content = expected();
  content.tensors["bf16"] = Array::full({DType::BF16, {3}}, 0.5);
  for (DType t : {DType::F8E4M3FN, DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ})
    content.tensors[std::string(name_of(t))] = Array::full({t, {3}}, -1.5);
  content.tensors["view"] = content.tensors["f4"].transposed({1, 0});
  write_safetensors(folder / "a", content);
  SafeTensors back = read_safetensors(folder / "a");
  expect_equal(back, content);
  write_safetensors(folder / "b", back);
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
  EXPECT_THAT(read_file(folder / "a"), HasSubstr(R"("f8e4m3fn":{"dtype":"F8_E4M3")"));
  write_safetensors(folder / "none", {});
  expect_equal(read_safetensors(folder / "none"), {});
  content.tensors["nibbles"] = Array(DType::U4, {2});
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "c", content); }),
              HasSubstr("tensor 'nibbles' is u4[2], which safetensors files cannot hold; cast it to u8"));
}

TEST(SafeTensors, EachTensorIsAlignedToItsElements) {
  TestFolder folder;
  SafeTensors content;
  content.tensors["a"] = Array::full({DType::U8, {3}}, Number::of_int(1));
  content.tensors["b"] = Array::full({DType::F64, {1}}, 1.0);
  content.tensors["c"] = Array::full({DType::F16, {1}}, 1.0);
  write_safetensors(folder / "f", content);
  std::string bytes = read_file(folder / "f");
  ByteReader reader(bytes_of_text(bytes), "f");
  EXPECT_EQ(reader.little<std::uint64_t>() % 8, 0u);
  EXPECT_LT(bytes.find("\"b\""), bytes.find("\"c\""));
  EXPECT_LT(bytes.find("\"c\""), bytes.find("\"a\""));
}

TEST(SafeTensors, RefusesToWriteWhatCannotBeRead) {
  TestFolder folder;
  SafeTensors content;
  content.tensors["__metadata__"] = Array::scalar(1.0, DType::F32);
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "f", content); }), HasSubstr("cannot have the name"));
  content.tensors = {{"a", Array()}};
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "f", content); }), HasSubstr("'a' is undefined"));
  content.tensors = {{"\xFF", Array::scalar(1.0, DType::F32)}};
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "f", content); }), HasSubstr("UTF-8"));
  EXPECT_EQ(folder.file_count(), 0u);
}

std::string error_for(const std::string& header, std::size_t data_bytes) {
  std::string bytes;
  append_little(bytes, std::uint64_t{header.size()});
  bytes += header + std::string(data_bytes, '\1');
  return error_of([&] { parse_safetensors(bytes_of_text(bytes), "x"); });
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

TEST(SafeTensors, HeadersThatLieAreErrors) {
  auto one = [](const std::string& text) { return "{\"a\":" + text + "}"; };
  auto two = [](const std::string& a, const std::string& b) { return "{\"a\":" + a + ",\"b\":" + b + "}"; };
  EXPECT_EQ(error_for(one(tensor("F32", "[2]", "[0,8]")), 8), "");
  EXPECT_THAT(error_for(one(tensor("F32", "[2]", "[0,8]")), 9), HasSubstr("9 bytes of data, but its tensors end at 8"));
  EXPECT_THAT(error_for(one(tensor("F32", "[2]", "[0,8]")), 7), HasSubstr("no range of its 7 bytes"));
  EXPECT_THAT(error_for(one(tensor("F32", "[2]", "[8,0]")), 8), HasSubstr("no range"));
  EXPECT_THAT(error_for(one(tensor("F32", "[2]", "[4,12]")), 12), HasSubstr("begin at byte 4"));
  EXPECT_THAT(error_for(one(tensor("F32", "[3]", "[0,8]")), 8), HasSubstr("f32[3], but has 8 bytes"));
  EXPECT_THAT(error_for(one(tensor("F8_E8M0", "[8]", "[0,8]")), 8), HasSubstr("'F8_E8M0'; supported are F64 F32"));
  EXPECT_THAT(error_for(one(tensor("f32", "[2]", "[0,8]")), 8), HasSubstr("'f32'"));
  EXPECT_THAT(error_for(one(tensor("F32", "[4294967296,4294967296]", "[0,8]")), 8), HasSubstr("64 bits"));
  EXPECT_THAT(error_for(one(tensor("F64", "[2305843009213693953]", "[0,8]")), 8), HasSubstr("8 bytes"));
  EXPECT_THAT(error_for(one(tensor("F32", "[-2]", "[0,8]")), 8), HasSubstr("no list of natural numbers"));
  EXPECT_THAT(error_for(one(tensor("F32", "[2.0]", "[0,8]")), 8), HasSubstr("no list of natural numbers"));
  EXPECT_THAT(error_for(one(tensor("F32", "2", "[0,8]")), 8), HasSubstr("no list of natural numbers"));
  EXPECT_THAT(error_for(one(tensor("F32", "[2]", "[0]")), 8), HasSubstr("no range"));
  EXPECT_THAT(error_for(one("{\"dtype\":\"F32\"}"), 8), HasSubstr("exactly dtype, shape and data_offsets"));
  EXPECT_THAT(error_for(one("7"), 8), HasSubstr("exactly"));
  EXPECT_THAT(error_for(two(tensor("U8", "[4]", "[0,4]"), tensor("U8", "[4]", "[3,7]")), 7),
              HasSubstr("begin at byte 3"));
  EXPECT_THAT(error_for(two(tensor("U8", "[4]", "[0,4]"), tensor("U8", "[4]", "[0,4]")), 4),
              HasSubstr("begin at byte 0"));
  EXPECT_THAT(error_for(two(tensor("U8", "[4]", "[0,4]"), tensor("U8", "[4]", "[5,9]")), 9),
              HasSubstr("begin at byte 5"));
}

TEST(SafeTensors, HeadersThatAreNoHeadersAreErrors) {
  EXPECT_THAT(error_for("", 0), HasSubstr("no valid JSON"));
  EXPECT_THAT(error_for("{\"a\":", 0), HasSubstr("no valid JSON"));
  EXPECT_THAT(error_for("[]", 0), HasSubstr("no JSON object"));
  EXPECT_THAT(error_for("{} {}", 0), HasSubstr("no valid JSON"));
  EXPECT_THAT(error_for("{\"__metadata__\":{\"a\":1}}", 0), HasSubstr("'a' in the metadata"));
  EXPECT_THAT(error_for("{\"__metadata__\":[]}", 0), HasSubstr("metadata"));
  EXPECT_THAT(error_for("{\"a\":" + tensor("U8", "[0]", "[0,0]") + ",\"a\":" + tensor("U8", "[0]", "[0,0]") + "}", 0),
              HasSubstr("names 'a' twice"));
  EXPECT_THAT(error_for("{\"a\":" + std::string(100000, '['), 0), HasSubstr("nested too deeply"));
  EXPECT_THAT(error_for("{\"a\":1e999}", 0), HasSubstr("no valid JSON"));
  std::string length;
  append_little(length, ~std::uint64_t{0});
  EXPECT_THAT(error_of([&] { parse_safetensors(bytes_of_text(length + "{}"), "x"); }),
              HasSubstr("claims a header of 18446744073709551615 bytes"));
  EXPECT_THAT(error_of([&] { parse_safetensors(bytes_of_text("short"), "x"); }), HasSubstr("too short"));
}

TEST(SafeTensors, EveryTruncationIsAnError) {
  std::string whole = read_file(TENON_SOURCE_DIR "/src/tensor/testdata/reference.safetensors");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(parse_safetensors(bytes_of_text(std::string_view(whole).substr(0, size)), "x"), Error) << size;
  }
}

TEST(SafeTensors, TruthValuesAreNormalised) {
  std::string header = "{\"a\":" + tensor("BOOL", "[2]", "[0,2]") + "}", bytes;
  append_little(bytes, std::uint64_t{header.size()});
  bytes += header + std::string("\xFF\0", 2);
  EXPECT_THAT(parse_safetensors(bytes_of_text(bytes), "x").tensors["a"].values<bool>(),
              testing::ElementsAre(true, false));
}

}  // namespace
}  // namespace tenon
