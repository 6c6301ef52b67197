#include "data/idx.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace tenon {
namespace {

using test::gzip;
using test::idx;
using testing::ElementsAre;
using testing::HasSubstr;

std::string parse_error(const std::string& bytes) {
  return error_of([&] { parse_idx(bytes, "some/file"); });
}

TEST(Idx, ReadsPlainAndCompressed) {
  const std::string plain = idx(0x08, {2, 3}, std::string("\x00\x01\x02\xFD\xFE\xFF", 6));
  for (const std::string& bytes : {plain, gzip(plain)}) {
    Array a = parse_idx(bytes, "f");
    EXPECT_EQ(a.type(), (Type{DType::U8, {2, 3}}));
    EXPECT_THAT(a.values<std::uint8_t>(), ElementsAre(0, 1, 2, 253, 254, 255));
  }
}

TEST(Idx, ReadsEveryElementType) {
  EXPECT_THAT(parse_idx(idx(0x09, {2}, "\x7F\x80"), "f").values<std::int8_t>(), ElementsAre(127, -128));
  EXPECT_THAT(parse_idx(idx(0x0B, {2}, std::string("\x01\x00\xFF\xFE", 4)), "f").values<std::int16_t>(),
              ElementsAre(256, -2));
  EXPECT_THAT(parse_idx(idx(0x0C, {1}, std::string("\x00\x01\x00\x02", 4)), "f").values<std::int32_t>(),
              ElementsAre(65538));
  EXPECT_THAT(parse_idx(idx(0x0D, {1}, std::string("\xC0\x20\x00\x00", 4)), "f").values<float>(), ElementsAre(-2.5f));
  EXPECT_THAT(parse_idx(idx(0x0E, {1}, std::string("\x3F\xF8\x00\x00\x00\x00\x00\x00", 8)), "f").values<double>(),
              ElementsAre(1.5));
}

TEST(Idx, EmptyDimensionIsAllowed) { EXPECT_EQ(parse_idx(idx(0x08, {0, 28, 28}, ""), "f").count(), 0); }

TEST(Idx, MissingAndEmptyFiles) {
  TestFolder folder;
  EXPECT_THAT(error_of([&] { read_idx(folder / "none"); }), HasSubstr(folder / "none"));
  EXPECT_THAT(error_of([&] { read_idx(test::write(folder / "empty", "")); }), HasSubstr("empty"));
}

TEST(Idx, OtherFormats) {
  EXPECT_THAT(parse_error("\x89PNG\r\n"),
              AllOf(HasSubstr("some/file"), HasSubstr("not an IDX file"), HasSubstr("89 50")));
  EXPECT_THAT(parse_error(idx(0x0A, {1}, "x")), HasSubstr("not an IDX file"));
  EXPECT_THAT(parse_error(idx(0x08, {}, "x")), HasSubstr("0 dimensions"));
  EXPECT_THAT(parse_error(idx(0x08, {1, 1, 1, 1, 1, 1, 1}, "x")), HasSubstr("7 dimensions"));
}

TEST(Idx, EveryTruncationIsAnError) {
  const std::string plain = idx(0x08, {2, 3}, "abcdef");
  for (const std::string& bytes : {plain, gzip(plain)}) {
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_THROW(parse_idx(std::string_view(bytes).substr(0, n), "f"), Error) << n << " of " << bytes.size();
    }
  }
}

TEST(Idx, MoreDataThanAnnounced) {
  EXPECT_THAT(parse_error(idx(0x08, {2}, "abc")), HasSubstr("more data"));
  EXPECT_THAT(parse_error(gzip(idx(0x08, {2}, "abc"))), HasSubstr("more data"));
  EXPECT_THAT(parse_error(gzip(idx(0x08, {2}, "ab")) + "x"), HasSubstr("after the end"));
}

TEST(Idx, CompressedMembersInARow) {
  const std::string plain = idx(0x08, {2, 3}, "abcdef"), zeros(512, '\0');
  const std::string two = gzip(plain.substr(0, 9)) + gzip("") + gzip(plain.substr(9));
  for (const std::string& bytes : {two, two + zeros, gzip(plain) + zeros})
    EXPECT_TRUE(identical(parse_idx(bytes, "f"), parse_idx(plain, "f")));
  EXPECT_THAT(parse_error(gzip(plain) + zeros + "x"), HasSubstr("after the end"));
  EXPECT_THAT(parse_error(gzip(plain.substr(0, 9)) + gzip(plain.substr(9)).substr(0, 5)), HasSubstr("truncated"));
}

TEST(Idx, OversizedHeadersAllocateNothing) {
  const std::string huge = idx(0x0E, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc");
  EXPECT_THAT(parse_error(huge), HasSubstr("header announces f64[4294967295,4294967295,4294967295]"));
  EXPECT_THAT(parse_error(gzip(huge)), HasSubstr("header announces"));
  EXPECT_THAT(parse_error(gzip(idx(0x08, {1u << 30}, "abc"))), HasSubstr("header announces"));
}

TEST(Idx, CorruptedCompression) {
  std::string bytes = gzip(idx(0x08, {64}, std::string(64, 'a')));
  std::string wrong_sum = bytes;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  EXPECT_THAT(parse_error(wrong_sum), HasSubstr("corrupted"));
  std::string wrong_method = bytes;
  wrong_method[2] = 7;
  EXPECT_THAT(parse_error(wrong_method), HasSubstr("corrupted"));
}

}  // namespace
}  // namespace tenon
