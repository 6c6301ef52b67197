// Pictures in files. Whole ones are compared with Pillow's reading of them in onnx/nets_test.cpp.
#include "data/picture.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/error_of.h"
#include "base/file.h"
#include "base/rng.h"

namespace tenon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::map<std::string, std::string> pictures() {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(TENON_SOURCE_DIR "/tests/corpus/picture"))
    files[entry.path().filename()] = read_file(entry.path());
  return files;
}

std::vector<int> samples(const Array& a) {
  std::vector<int> list;
  for (i64 k = 0; k < a.count(); ++k) list.push_back(static_cast<int>(a.at(k).as_int()));
  return list;
}

TEST(Picture, TextsOfNumbers) {
  const auto bits = decode_picture("P1 # width\n3 # height\n2\n101 0 1\n0", "p");
  EXPECT_EQ(bits.type(), Type(DType::U8, {2, 3, 1}));
  EXPECT_EQ(samples(bits), (std::vector{0, 255, 0, 255, 0, 255}));
  EXPECT_EQ(samples(decode_picture("P2 2 1 4 3 1", "p")), (std::vector{191, 64}));
  EXPECT_EQ(samples(decode_picture("P3 1 1 255 7 8 9", "p")), (std::vector{7, 8, 9}));
}

TEST(Picture, SamplesOfTwoBytesAreRounded) {
  const std::string file = std::string("P5 3 1 65535\n") + std::string("\x00\x00\xff\xff\x80\x00", 6);
  EXPECT_EQ(samples(decode_picture(file, "p")), (std::vector{0, 255, 128}));
}

TEST(Picture, WhatIsNoneOrOfAnotherFormatIsNamed) {
  EXPECT_THAT(error_of([] { decode_picture("II*\0some", "scan"); }), AllOf(HasSubstr("scan"), HasSubstr("unknown")));
  EXPECT_THAT(error_of([] { decode_picture({"II*\0some", 8}, "scan"); }), AllOf(HasSubstr("TIFF"), HasSubstr("JPEG")));
  EXPECT_THAT(error_of([] { decode_picture({"RIFF1234WEBPVP8 ", 16}, "web"); }), HasSubstr("WebP"));
  EXPECT_THAT(error_of([] { decode_picture("", "nothing"); }), HasSubstr("unknown"));
}

TEST(Picture, LargeOnesAreRefusedBeforeMemoryIsTaken) {
  EXPECT_THAT(error_of([] { decode_picture("P6 100000 100000 255\n", "p"); }), HasSubstr("at most 67108864"));
  EXPECT_THAT(error_of([] { decode_picture("P6 5000 5000 255\n", "p"); }), HasSubstr("do not lie in 17 bytes"));
  EXPECT_THAT(error_of([] { decode_picture("P3 5000 5000 255\n", "p"); }), HasSubstr("ends early"));
  EXPECT_THAT(error_of([] { decode_picture("P5 0 3 255\n", "p"); }), HasSubstr("0 x 3 pixels"));
  std::string bitmap = pictures().at("rgb.bmp");
  bitmap[20] = 1;  // 65536 pixels wider
  EXPECT_THAT(error_of([&] { decode_picture(bitmap, "p"); }), HasSubstr("do not lie in"));
}

TEST(Picture, CutOffOnesAreRefused) {
  for (const auto& [name, file] : pictures()) {
    const Array whole = decode_picture(file, name);
    const bool is_jpeg = picture_format(file) == PictureFormat::Jpeg, is_text = name.starts_with("text");
    // Of the others, the last bytes may be none of the pixels.
    const std::size_t some = is_jpeg ? 2 : is_text || name == "rgb.png" ? 16 : 4;
    for (std::size_t length = 0; length + some <= file.size(); ++length)
      EXPECT_NE(error_of([&] { decode_picture(std::string_view(file).substr(0, length), name); }), "")
          << name << " " << length;
  }
}

// An Error, or some picture.
TEST(Picture, ChangedOnesDoNoHarm) {
  Rng rng(5);
  std::size_t refused = 0;
  for (const auto& [name, file] : pictures())
    for (int k = 0; k < 300; ++k) {
      std::string bad = file;
      for (std::uint64_t changes = 1 + rng.below(3); changes > 0; --changes)
        bad[rng.below(std::min<std::size_t>(bad.size(), 200))] = static_cast<char>(rng.below(256));
      refused += !error_of([&] { decode_picture(bad, name); }).empty();
    }
  EXPECT_GT(refused, 500u);
}

}  // namespace
}  // namespace tenon
