#include "data/png.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace tenon {
namespace {

using test::big_endian;
using testing::ElementsAre;
using testing::HasSubstr;

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(sum));
}

std::string deflated(const std::string& data) {
  uLongf size = compressBound(data.size());
  std::string out(size, '\0');
  EXPECT_EQ(
      compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()), data.size()),
      Z_OK);
  out.resize(size);
  return out;
}

/// A PNG file as the standard describes it; `rows` includes the filter byte of each row.
std::string png(std::uint32_t width, std::uint32_t height, int depth, int colour, const std::string& rows,
                const std::string& between = "") {
  std::string header = big_endian(width) + big_endian(height) + static_cast<char>(depth) + static_cast<char>(colour);
  header += std::string(3, '\0');
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + between + chunk("IDAT", deflated(rows)) + chunk("IEND", "");
}

constexpr int kGray = 0, kRgb = 2, kPalette = 3, kGrayAlpha = 4, kRgba = 6;

TEST(Png, ReadsEveryKindOfPixel) {
  Array gray = decode_png(png(2, 2, 8, kGray, std::string("\0\x01\x02\0\x03\xFF", 6)), "f");
  EXPECT_EQ(gray.shape(), (Shape{2, 2, 1}));
  EXPECT_THAT(gray.values<std::uint8_t>(), ElementsAre(1, 2, 3, 255));
  Array rgb = decode_png(png(1, 1, 8, kRgb, std::string("\0\x01\x02\x03", 4)), "f");
  EXPECT_EQ(rgb.shape(), (Shape{1, 1, 3}));
  EXPECT_THAT(rgb.values<std::uint8_t>(), ElementsAre(1, 2, 3));
  EXPECT_THAT(decode_png(png(1, 1, 8, kRgba, std::string("\0\x01\x02\x03\x04", 5)), "f").values<std::uint8_t>(),
              ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(decode_png(png(1, 1, 8, kGrayAlpha, std::string("\0\x01\x02", 3)), "f").values<std::uint8_t>(),
              ElementsAre(1, 2));
}

TEST(Png, ScalesBitsAndLooksUpPalettes) {
  EXPECT_THAT(decode_png(png(8, 1, 1, kGray, std::string("\0\xA5", 2)), "f").values<std::uint8_t>(),
              ElementsAre(255, 0, 255, 0, 0, 255, 0, 255));
  EXPECT_THAT(decode_png(png(4, 1, 2, kGray, std::string("\0\x1B", 2)), "f").values<std::uint8_t>(),
              ElementsAre(0, 85, 170, 255));
  // 0x8080 is 128.5/257 of the range; 0x0100 is 0.996 of an 8-bit step.
  EXPECT_THAT(
      decode_png(png(3, 1, 16, kGray, std::string("\0\x80\x80\x01\x00\xFF\xFF", 7)), "f").values<std::uint8_t>(),
      ElementsAre(128, 1, 255));
  const std::string palette = chunk("PLTE", std::string("\x0A\x0B\x0C\x14\x15\x16", 6));
  Array looked_up = decode_png(png(2, 1, 8, kPalette, std::string("\0\x01\x00", 3), palette), "f");
  EXPECT_EQ(looked_up.shape(), (Shape{1, 2, 3}));
  EXPECT_THAT(looked_up.values<std::uint8_t>(), ElementsAre(20, 21, 22, 10, 11, 12));
  Array transparent = decode_png(
      png(2, 1, 8, kPalette, std::string("\0\x01\x00", 3), palette + chunk("tRNS", std::string("\x7F", 1))), "f");
  EXPECT_THAT(transparent.values<std::uint8_t>(), ElementsAre(20, 21, 22, 255, 10, 11, 12, 127));
}

TEST(Png, WritesWhatItReads) {
  TestFolder folder;
  for (i64 channels : {1, 2, 3, 4}) {
    Array image(DType::U8, {5, 7, channels});
    for (i64 i = 0; i < image.count(); ++i) image.set(i, Number::of_int(i * 37 % 256));
    write_png(folder / "a.png", image);
    EXPECT_TRUE(identical(read_png(folder / "a.png"), image)) << channels;
    write_png(folder / "b.png", image.transposed({1, 0, 2}));
    EXPECT_TRUE(identical(read_png(folder / "b.png"), image.transposed({1, 0, 2}).to_contiguous())) << channels;
  }
  Array flat = Array::full({DType::U8, {3, 2}}, Number::of_int(9));
  write_png(folder / "flat.png", flat);
  EXPECT_TRUE(identical(read_png(folder / "flat.png"), flat.reshaped({3, 2, 1})));
}

TEST(Png, RefusesToWriteWhatIsNoImage) {
  TestFolder folder;
  EXPECT_THAT(error_of([&] { write_png(folder / "a.png", Array(DType::F32, {2, 2})); }), HasSubstr("f32[2,2]"));
  EXPECT_THROW(write_png(folder / "a.png", Array(DType::U8, {2, 2, 5})), Error);
  EXPECT_THROW(write_png(folder / "a.png", Array(DType::U8, {0, 2})), Error);
  EXPECT_THROW(write_png(folder / "none/a.png", Array(DType::U8, {2, 2})), Error);
}

TEST(Png, MissingAndOtherFiles) {
  TestFolder folder;
  EXPECT_THAT(error_of([&] { read_png(folder / "none.png"); }), HasSubstr("none.png"));
  EXPECT_THAT(error_of([&] { decode_png("", "x.png"); }), HasSubstr("x.png: the file is empty"));
  EXPECT_THAT(error_of([&] { decode_png("GIF89a and more than that", "x.png"); }), HasSubstr("not a PNG"));
}

TEST(Png, TruncationsAndFlippedBitsNeverCrash) {
  const std::string whole = png(4, 3, 8, kRgb,
                                std::string("\0"
                                            "abcdefghijkl"
                                            "\0"
                                            "mnopqrstuvwx"
                                            "\0"
                                            "yzABCDEFGHIJ",
                                            39));
  const std::size_t data_end = whole.size() - chunk("IEND", "").size();
  for (std::size_t n = 0; n < data_end - 8; ++n) {
    EXPECT_THROW(decode_png(std::string_view(whole).substr(0, n), "f"), Error) << n;
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      decode_png(damaged, "f");
    } catch (const Error&) {
    }
  }
}

TEST(Png, OversizedHeadersAllocateNothing) {
  EXPECT_THAT(error_of([] { decode_png(png(60000, 60000, 8, kGray, "x"), "f"); }), HasSubstr("60000 x 60000"));
  EXPECT_THAT(error_of([] { decode_png(png(8000, 8000, 8, kGray, "x"), "f"); }), HasSubstr("cannot come out of"));
}

}  // namespace
}  // namespace tenon
