#include "tensor/storage.h"

#include <gmock/gmock.h>

#include <cstring>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Storage, IsAlignedAndItsTailMayBeRead) {
  for (i64 bytes : {0, 1, 63, 64, 65, 1000, 5 << 20}) {
    auto storage = Storage::allocate(bytes);
    EXPECT_EQ(storage->bytes(), bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(storage->data()) % 64, 0u);
    std::memset(storage->data(), 1, static_cast<std::size_t>((bytes + 63) / 64 * 64));
  }
}

TEST(Storage, IsAccounted) {
  MemoryUse before = memory_use();
  auto a = Storage::allocate(1000);
  auto b = Storage::allocate(500);
  EXPECT_EQ(memory_use().live - before.live, 1500);
  b.reset();
  EXPECT_EQ(memory_use().live - before.live, 1000);
  EXPECT_GE(memory_use().peak, before.live + 1500);
  reset_peak_memory();
  EXPECT_EQ(memory_use().peak, memory_use().live);
}

TEST(Storage, FreedBlocksAreKeptWithinTheBoundAndGivenBack) {
  for (i64 bytes = 100; bytes < (64 << 20); bytes *= 3) Storage::allocate(bytes);
  EXPECT_LE(memory_use().cached, i64{1} << 30);
  release_cached_memory();
  EXPECT_EQ(memory_use().cached, 0);
}

TEST(Storage, ImpossibleSizesAreErrors) {
  EXPECT_THAT(error_of([] { Storage::allocate(i64{1} << 62); }),
              AllOf(HasSubstr("4611686018427387904"), HasSubstr("GiB")));
  EXPECT_THAT(error_of([] { Storage::allocate(i64{1} << 50); }), HasSubstr("cannot allocate"));
  EXPECT_THAT(error_of([] { Storage::allocate(-1); }), HasSubstr("-1 bytes"));
}

TEST(Storage, AdoptedMemoryIsReleasedOnceByTheLastUser) {
  int released = 0;
  char text[] = "abc";
  auto first = Storage::adopt(text, 3, [&] { ++released; });
  auto second = first;
  first.reset();
  EXPECT_EQ(released, 0);
  EXPECT_EQ(second->data(), reinterpret_cast<std::byte*>(text));
  second.reset();
  EXPECT_EQ(released, 1);
}

TEST(Storage, ThreadsMayShareTheCache) {
  std::vector<std::thread> workers;
  i64 live = memory_use().live;
  for (int k = 0; k < 4; ++k) {
    workers.emplace_back([k] {
      Rng rng(static_cast<std::uint64_t>(k));
      std::vector<std::shared_ptr<Storage>> held(8);
      for (int round = 0; round < 2000; ++round) {
        auto& slot = held[rng.below(held.size())];
        slot = Storage::allocate(static_cast<i64>(rng.below(10000)) + 1);
        std::memset(slot->data(), k, static_cast<std::size_t>(slot->bytes()));
        for (const auto& s : held) {
          ASSERT_TRUE(!s || std::to_integer<int>(s->data()[s->bytes() - 1]) == k);
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(memory_use().live, live);
}

}  // namespace
}  // namespace tenon
