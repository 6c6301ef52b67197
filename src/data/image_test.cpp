#include "data/image.h"

#include <gmock/gmock.h>

#include "base/test_folder.h"
#include "data/font.h"
#include "data/sheet.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Array image_of(std::initializer_list<std::uint8_t> values, Shape shape) {
  return Array::from(values, std::move(shape));
}

TEST(ToGray, LumaAndTransparency) {
  Array rgb = image_of({255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, {1, 4, 3});
  EXPECT_THAT(to_gray(rgb).values<std::uint8_t>(), ElementsAre(76, 150, 29, 255));  // 0.299, 0.587, 0.114 of 255
  Array rgba = image_of({0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 51}, {1, 3, 4});
  EXPECT_THAT(to_gray(rgba).values<std::uint8_t>(), ElementsAre(255, 0, 204));
  EXPECT_THAT(to_gray(rgba, 0).values<std::uint8_t>(), ElementsAre(0, 0, 0));
  EXPECT_THAT(to_gray(image_of({10, 255, 20, 0}, {1, 2, 2}), 7).values<std::uint8_t>(), ElementsAre(10, 7));
  Array gray = image_of({1, 2}, {1, 2});
  EXPECT_TRUE(identical(to_gray(gray), gray));
  EXPECT_THAT(error_of([] { to_gray(Array(DType::F32, {2, 2})); }), HasSubstr("f32[2,2]"));
}

TEST(Resize, ShrinkingTakesMeansOfAreas) {
  Array a = image_of({0, 100, 200, 40, 10, 50, 70, 90}, {2, 4});
  EXPECT_THAT(resize(a, 1, 2).values<std::uint8_t>(), ElementsAre(40, 100));
  // Three pixels to two: each is one pixel and a half.
  EXPECT_THAT(resize(image_of({0, 90, 240}, {1, 3}), 1, 2).values<std::uint8_t>(), ElementsAre(30, 190));
}

TEST(Resize, GrowingInterpolatesBetweenCentres) {
  EXPECT_THAT(resize(image_of({0, 100}, {1, 2}), 1, 4).values<std::uint8_t>(), ElementsAre(0, 25, 75, 100));
  EXPECT_THAT(resize(image_of({7}, {1, 1}), 2, 2).values<std::uint8_t>(), ElementsAre(7, 7, 7, 7));
}

TEST(Resize, KeepsChannelsAndIdentity) {
  Array a = image_of({0, 10, 20, 100, 110, 120}, {2, 1, 3});
  EXPECT_TRUE(identical(resize(a, 2, 1), a));
  EXPECT_THAT(resize(a, 1, 1).values<std::uint8_t>(), ElementsAre(50, 60, 70));
  EXPECT_THROW(resize(a, 0, 1), Error);
}

TEST(Invert, Complements) {
  EXPECT_THAT(invert(image_of({0, 55, 255}, {1, 3})).values<std::uint8_t>(), ElementsAre(255, 200, 0));
}

TEST(Font, HasTheCharactersOfLabels) {
  const Glyph& box = glyph_of('\x01');
  for (char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"#%&'()*+,-./:;<=>?@[\\]^_|")) {
    EXPECT_NE(glyph_of(c), box) << c;
  }
  EXPECT_EQ(glyph_of('q'), glyph_of('Q'));
  EXPECT_EQ(glyph_of('~'), box);
}

TEST(Sheet, PlacesImagesAndCaptions) {
  std::vector<SheetItem> items;
  for (std::uint8_t shade : {10, 20, 30})
    items.push_back({Array::full({DType::U8, {4, 8}}, Number::of_int(shade)), "I\nI"});
  Array sheet = contact_sheet(items, {.columns = 2, .scale = 2});
  // Gaps of 6, images of 8 x 16, two lines of 9.
  EXPECT_EQ(sheet.shape(), (Shape{6 + 2 * (8 + 18 + 6), 6 + 2 * (16 + 6)}));
  auto at = [&](i64 y, i64 x) { return sheet.at(y * sheet.dim(1) + x).as_int(); };
  EXPECT_EQ(at(6, 6), 10);
  EXPECT_EQ(at(13, 21), 10);
  EXPECT_EQ(at(14, 6), 255);
  EXPECT_EQ(at(6, 28), 20);
  EXPECT_EQ(at(38, 6), 30);
  EXPECT_EQ(at(16, 8), 0);  // the middle of the first I
  EXPECT_EQ(at(25, 8), 0);
}

TEST(Sheet, RefusesWhatDoesNotFit) {
  EXPECT_THROW(contact_sheet({}), Error);
  Array a(DType::U8, {2, 2}), b(DType::U8, {2, 3});
  EXPECT_THAT(error_of([&] { contact_sheet({{a, ""}, {b, ""}}); }), HasSubstr("different sizes"));
  EXPECT_THROW(contact_sheet({{a, ""}}, {.columns = 0}), Error);
  std::vector<SheetItem> many(3, {Array(DType::U8, {4000, 4000}), ""});
  EXPECT_THAT(error_of([&] { contact_sheet(many); }), HasSubstr("show fewer"));
}

TEST(DrawText, ClipsAtTheEdges) {
  Array image = Array::full({DType::U8, {3, 3}}, Number::of_int(255));
  draw_text(image, -2, -2, "HHH");
  draw_text(image, 2, 2, "H", 9);
  EXPECT_EQ(image.at(8).as_int(), 9);
}

}  // namespace
}  // namespace tenon
