#include "base/thread_pool.h"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/cores.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::HasSubstr;
using Range = std::pair<std::int64_t, std::int64_t>;

class ThreadPoolTest : public testing::Test {
 protected:
  void TearDown() override { set_threads(usable_cores()); }
};

std::vector<Range> ranges_of(std::int64_t extent, std::int64_t grain) {
  std::mutex mutex;
  std::vector<Range> ranges;
  parallel_for(extent, grain, [&](std::int64_t begin, std::int64_t end) {
    std::lock_guard lock(mutex);
    ranges.emplace_back(begin, end);
  });
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

TEST_F(ThreadPoolTest, PartitionsTheExtentAtMultiplesOfTheGrain) {
  for (int count : {1, 2, 3, 8}) {
    set_threads(count);
    for (std::int64_t extent : {1, 2, 7, 32, 33, 100}) {
      for (std::int64_t grain : {1, 4, 16, 1000}) {
        auto ranges = ranges_of(extent, grain);
        std::int64_t blocks = (extent + grain - 1) / grain;
        EXPECT_EQ(static_cast<std::int64_t>(ranges.size()), std::min<std::int64_t>(count, blocks));
        std::int64_t position = 0;
        for (auto [begin, end] : ranges) {
          EXPECT_EQ(begin, position);
          EXPECT_EQ(begin % grain, 0);
          EXPECT_LT(begin, end);
          position = end;
        }
        EXPECT_EQ(position, extent);
      }
    }
  }
}

TEST_F(ThreadPoolTest, DoesNothingForAnEmptyExtent) {
  EXPECT_TRUE(ranges_of(0, 1).empty());
  EXPECT_TRUE(ranges_of(-5, 1).empty());
}

TEST_F(ThreadPoolTest, ExtentsNearTheLimitDoNotOverflow) {
  set_threads(3);
  std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(ranges_of(huge, 7).back().second, huge);
}

TEST_F(ThreadPoolTest, ManyShortLoopsLoseNothing) {
  for (int count : {2, 5}) {
    set_threads(count);
    std::vector<std::int64_t> sums(97, 0);
    for (int round = 0; round < 5000; ++round) {
      parallel_for(97, 3, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) sums[static_cast<std::size_t>(i)] += i;
      });
    }
    for (std::int64_t i = 0; i < 97; ++i) EXPECT_EQ(sums[static_cast<std::size_t>(i)], 5000 * i);
  }
}

TEST_F(ThreadPoolTest, SleepingThreadsWakeUp) {
  set_threads(4);
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(ranges_of(4, 1).size(), 4u);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST_F(ThreadPoolTest, NestedLoopsRunSeriallyOnTheSameThread) {
  set_threads(4);
  std::atomic<int> wrong = 0;
  parallel_for(4, 1, [&](std::int64_t, std::int64_t) {
    auto self = std::this_thread::get_id();
    parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
      if (begin != 0 || end != 100 || std::this_thread::get_id() != self) ++wrong;
    });
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(ThreadPoolTest, TheFirstExceptionInRangeOrderComesBack) {
  set_threads(4);
  for (int round = 0; round < 100; ++round) {
    std::string what;
    try {
      parallel_for(4, 1, [&](std::int64_t begin, std::int64_t) {
        if (begin > 0) throw std::runtime_error(std::to_string(begin));
      });
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    EXPECT_EQ(what, "1");
  }
  EXPECT_EQ(ranges_of(4, 1).size(), 4u);
}

TEST_F(ThreadPoolTest, ConcurrentCallersAreSafe) {
  set_threads(3);
  std::atomic<std::int64_t> total = 0;
  std::vector<std::thread> callers;
  for (int k = 0; k < 4; ++k) {
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        parallel_for(10, 1, [&](std::int64_t begin, std::int64_t end) { total += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 4 * 500 * 10);
}

TEST_F(ThreadPoolTest, RefusesImpossibleCounts) {
  EXPECT_THAT(error_of([] { set_threads(0); }), HasSubstr("from 1 to 1024, not 0"));
  EXPECT_THAT(error_of([] { set_threads(5000); }), HasSubstr("not 5000"));
  EXPECT_THAT(error_of([] { parallel_for(2, 1, [](std::int64_t, std::int64_t) { set_threads(1); }); }),
              HasSubstr("inside of a parallel loop"));
  set_threads(7);
  EXPECT_EQ(threads(), 7);
}

}  // namespace
}  // namespace tenon
