#include "data/dataset.h"

#include <gmock/gmock.h>

#include <set>

#include "data/statistics.h"
#include "data/test_files.h"

namespace tenon {
namespace {

using test::gzip;
using test::idx;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kFashion = "/usr/share/datasets/fashion-mnist";

Array images_of(const std::vector<std::string>& images) {
  std::string all;
  for (const std::string& image : images) all += image;
  return Array::from(std::span(reinterpret_cast<const std::uint8_t*>(all.data()), all.size()),
                     {static_cast<i64>(images.size()), 2, 2});
}

Dataset small_dataset() {
  return make_dataset(images_of({"abcd", "efgh", "ijkl"}), Array::from<std::uint8_t>({2, 0, 2}, {3}), {}, "small");
}

TEST(Dataset, LoadsAFolderOfPlainAndCompressedFiles) {
  TestFolder folder;
  test::write(folder / "train-images-idx3-ubyte", idx(0x08, {2, 2, 2}, "abcdefgh"));
  test::write(folder / "train-labels-idx1-ubyte.gz", gzip(idx(0x08, {2}, std::string("\x01\x00", 2))));
  Dataset data = load_idx_folder(folder / ".", Part::Train);
  EXPECT_EQ(data.size(), 2);
  EXPECT_EQ(data.label(0), 1);
  EXPECT_THAT(data.label_names, ElementsAre("0", "1"));
  EXPECT_THAT(data.image(1).values<std::uint8_t>(), ElementsAre('e', 'f', 'g', 'h'));
  EXPECT_THROW(data.image(2), Error);

  test::write(folder / "labels.txt", "cat\r\ndog\n\n");
  EXPECT_THAT(load_idx_folder(folder / ".", Part::Train).label_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / ".", Part::Test); }), HasSubstr("t10k-images-idx3-ubyte"));
}

TEST(Dataset, FashionFoldersKnowTheirClasses) {
  TestFolder parent;
  const std::string folder = parent / "my-Fashion";
  std::filesystem::create_directory(folder);
  test::write(folder + "/t10k-images-idx3-ubyte", idx(0x08, {1, 1, 1}, "a"));
  test::write(folder + "/t10k-labels-idx1-ubyte", idx(0x08, {1}, "\x09"));
  Dataset data = load_idx_folder(folder + "/", Part::Test);
  EXPECT_EQ(data.label_names.at(static_cast<std::size_t>(data.label(0))), "Ankle boot");
}

TEST(Dataset, FilesThatDoNotFit) {
  TestFolder folder;
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / "none", Part::Train); }), HasSubstr("no such folder"));
  test::write(folder / "train-images-idx3-ubyte", idx(0x08, {2, 2, 2}, "abcdefgh"));
  test::write(folder / "train-labels-idx1-ubyte", idx(0x08, {3}, "\x01\x01\x01"));
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / ".", Part::Train); }), HasSubstr("2 images but 3 labels"));
  test::write(folder / "train-labels-idx1-ubyte", idx(0x08, {2, 1}, "\x01\x01"));
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / ".", Part::Train); }), HasSubstr("labels must be u8[count]"));
  test::write(folder / "train-labels-idx1-ubyte", idx(0x08, {2}, "\x01\x02"));
  test::write(folder / "labels.txt", "cat\ndog\n");
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / ".", Part::Train); }), HasSubstr("label 2 at position 1"));
  test::write(folder / "train-images-idx3-ubyte", idx(0x08, {0, 2, 2}, ""));
  test::write(folder / "train-labels-idx1-ubyte", idx(0x08, {0}, ""));
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / ".", Part::Train); }), HasSubstr("no images"));
  std::string many;
  for (int k = 0; k < 257; ++k) many += std::to_string(k) + "\n";
  test::write(folder / "labels.txt", many);
  EXPECT_THAT(error_of([&] { load_idx_folder(folder / ".", Part::Train); }), HasSubstr("257 names of classes"));
}

TEST(Dataset, SplitIsAPartitionThatDependsOnTheSeedAlone) {
  Split s = split(1000, 7);
  EXPECT_EQ(s.validation.size(), 100u);
  EXPECT_EQ(s.train.size(), 900u);
  std::set<i64> all(s.train.begin(), s.train.end());
  all.insert(s.validation.begin(), s.validation.end());
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_EQ(split(1000, 7).validation, s.validation);
  EXPECT_NE(split(1000, 8).validation, s.validation);
  EXPECT_EQ(split(2, 0, 0.01).validation.size(), 1u);
  EXPECT_THROW(split(1, 0), Error);
  EXPECT_THROW(split(10, 0, 1.0), Error);
}

TEST(Dataset, BalanceDuplicatesOverlap) {
  EXPECT_THAT(class_balance(small_dataset()), ElementsAre(1, 0, 2));
  Array a = images_of({"aaaa", "bbbb", "aaaa", "cccc", "bbbb", "aaaa"});
  EXPECT_THAT(duplicates(a), ElementsAre(ElementsAre(0, 2, 5), ElementsAre(1, 4)));
  EXPECT_THAT(overlap(a, images_of({"dddd", "cccc", "aaaa"})), ElementsAre(Pair(3, 1), Pair(0, 2)));
}

TEST(Statistics, ClosedForms) {
  Array images = Array::from<std::uint8_t>({0, 255, 0, 255, 255, 255, 255, 255, 51, 51, 51, 51}, {3, 2, 2});
  Dataset data = make_dataset(images, Array::from<std::uint8_t>({0, 0, 0}, {3}), {}, "s");
  EXPECT_EQ(statistics_of(data, {0}), (Statistics{0.5, 0.5}));
  Statistics flat = statistics_of(data, {2});
  EXPECT_DOUBLE_EQ(flat.mean, 0.2);
  EXPECT_EQ(flat.std, 0);
  Statistics mixed = statistics_of(data, {0, 1});
  EXPECT_DOUBLE_EQ(mixed.mean, 0.75);
  EXPECT_DOUBLE_EQ(mixed.std, std::sqrt(3.0) / 4);
  EXPECT_THROW(statistics_of(data, {}), Error);
}

TEST(Statistics, Normalise) {
  std::vector<std::uint8_t> pixels(37);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
  std::vector<float> to(pixels.size());
  normalise(pixels, {0.25, 0.5}, to);
  for (std::size_t i = 0; i < to.size(); ++i) {
    // Scale, shift and two operations are each rounded once, on values up to 2 and 0.5.
    EXPECT_NEAR(to[i], (pixels[i] / 255.0 - 0.25) / 0.5, 4e-7) << i;
  }
  normalise(pixels, {1.0, 0.0}, to);
  EXPECT_FLOAT_EQ(to[0], -1.0f);
}

// The figures that the data set's authors publish: 60,000 and 10,000 images of 28 x 28, balanced; the usual mean and
// spread of its training pixels, 0.2860 and 0.3530.
TEST(FashionMnist, Facts) {
  if (!std::filesystem::exists(kFashion)) GTEST_SKIP() << "the package dataset-fashion-mnist is not installed";
  Dataset train = load_idx_folder(kFashion, Part::Train), test = load_idx_folder(kFashion, Part::Test);
  EXPECT_EQ(train.images.type(), (Type{DType::U8, {60000, 28, 28}}));
  EXPECT_EQ(test.images.type(), (Type{DType::U8, {10000, 28, 28}}));
  EXPECT_EQ(train.classes(), 10);
  EXPECT_THAT(class_balance(train), Each(6000));
  EXPECT_THAT(class_balance(test), Each(1000));
  EXPECT_EQ(train.label_names.at(static_cast<std::size_t>(train.label(0))), "Ankle boot");
  Statistics s = statistics_of(train, all_positions(train.size()));
  EXPECT_NEAR(s.mean, 0.2860, 5e-5);
  EXPECT_NEAR(s.std, 0.3530, 5e-5);
}

}  // namespace
}  // namespace tenon
