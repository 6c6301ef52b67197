#include "data/loader.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

namespace tenon {
namespace {

using testing::ElementsAre;

/// `count` images of two pixels, each with the number of the image (up to 255); labels are the number modulo 3.
Dataset numbered(i64 count) {
  Array images(DType::U8, {count, 1, 2}), labels(DType::U8, {count});
  for (i64 i = 0; i < count; ++i) {
    images.set(2 * i, Number::of_int(i));
    images.set(2 * i + 1, Number::of_int(i));
    labels.set(i, Number::of_int(i % 3));
  }
  return make_dataset(images, labels, {"a", "b", "c"}, "numbered");
}

// Statistics under which the inputs are the pixels again.
constexpr Statistics kIdentity{0, 1.0 / 255};

std::vector<i64> numbers_of(Epoch epoch) {
  std::vector<i64> numbers;
  while (auto batch = epoch.next()) {
    for (i64 i = 0; i < batch->size(); ++i) {
      i64 number = std::lround(batch->images.values<float>()[static_cast<std::size_t>(2 * i)]);
      EXPECT_EQ(batch->labels.values<i64>()[static_cast<std::size_t>(i)], number % 3);
      numbers.push_back(number);
    }
  }
  EXPECT_FALSE(epoch.next());
  return numbers;
}

TEST(Loader, EachSampleOncePerEpochInTheAnnouncedOrder) {
  Loader loader(numbered(50), all_positions(50), kIdentity, {.batch = 8, .seed = 3});
  EXPECT_EQ(loader.batches(), 7);
  std::vector<i64> first = numbers_of(loader.epoch(0));
  EXPECT_EQ(first, epoch_order(50, 3, 0));
  EXPECT_NE(numbers_of(loader.epoch(1)), first);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, all_positions(50));
}

TEST(Loader, ResumesInTheMiddleOfAnEpoch) {
  Loader loader(numbered(50), all_positions(50), kIdentity, {.batch = 8, .seed = 3});
  std::vector<i64> whole = numbers_of(loader.epoch(5));
  EXPECT_EQ(numbers_of(loader.epoch(5, 4)), std::vector<i64>(whole.begin() + 32, whole.end()));
  EXPECT_TRUE(numbers_of(loader.epoch(5, 7)).empty());
  EXPECT_THROW(loader.epoch(5, 8), Error);
}

TEST(Loader, KeepsTheOrderAndShapesWithoutShuffling) {
  Loader loader(numbered(9), {8, 1, 4, 0, 5}, kIdentity, {.batch = 2, .shuffle = false});
  Epoch epoch = loader.epoch(0);
  auto batch = epoch.next();
  EXPECT_EQ(batch->images.type(), (Type{DType::F32, {2, 2}}));
  EXPECT_EQ(batch->labels.type(), (Type{DType::I64, {2}}));
  epoch.next();
  EXPECT_EQ(epoch.next()->size(), 1);
  EXPECT_THAT(numbers_of(loader.epoch(1)), ElementsAre(8, 1, 4, 0, 5));
}

TEST(Loader, DropsASmallerLastBatch) {
  Loader loader(numbered(9), all_positions(9), kIdentity, {.batch = 4, .drop_last = true});
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_EQ(numbers_of(loader.epoch(0)).size(), 8u);
}

TEST(Loader, EpochsEndEarlyWithoutAHang) {
  for (int i = 0; i < 20; ++i) {
    Loader loader(numbered(200), all_positions(200), kIdentity, {.batch = 1, .ahead = 2});
    Epoch epoch = loader.epoch(i);
    for (int k = 0; k < i; ++k) epoch.next();
  }
}

TEST(Loader, RefusesNonsense) {
  Dataset data = numbered(5);
  EXPECT_THROW(Loader(data, {}, kIdentity), Error);
  EXPECT_THROW(Loader(data, {5}, kIdentity), Error);
  EXPECT_THROW(Loader(data, {0}, kIdentity, {.batch = 0}), Error);
  EXPECT_THROW(Loader(data, {0}, kIdentity, {.ahead = 0}), Error);
  EXPECT_THROW(Loader(data, {0}, kIdentity, {.batch = 2, .drop_last = true}), Error);
}

TEST(EpochOrder, MovesEverySampleAboutEvenly) {
  // Over 3000 epochs each of 6 samples is first 500 times on average; 5 standard deviations are 102.
  std::array<int, 6> first{};
  for (i64 epoch = 0; epoch < 3000; ++epoch) ++first[static_cast<std::size_t>(epoch_order(6, 11, epoch)[0])];
  for (int count : first) EXPECT_NEAR(count, 500, 102);
}

TEST(Prefetcher, ThrowsAfterTheItemsBefore) {
  Prefetcher<int> items(
      [n = 0]() mutable -> std::optional<int> {
        if (n == 3) fail("no item {}", n);
        return n++;
      },
      2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(items.next(), i);
  EXPECT_THROW(items.next(), Error);
  EXPECT_THROW(items.next(), Error);
}

TEST(Prefetcher, StaysWithinItsDepth) {
  std::atomic<int> made = 0;
  int taken = 0;
  Prefetcher<int> items([&]() -> std::optional<int> { return made < 100 ? std::optional(++made) : std::nullopt; }, 3);
  while (auto item = items.next()) {
    EXPECT_EQ(*item, ++taken);
    EXPECT_LE(made, taken + 4);  // three that wait and one under way
  }
  EXPECT_EQ(taken, 100);
}

}  // namespace
}  // namespace tenon
