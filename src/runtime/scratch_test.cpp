#include "runtime/scratch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>

namespace tenon::runtime {
namespace {

TEST(Scratch, IsTheSamePerThreadAndGrows) {
  EXPECT_EQ(scratch(0), nullptr);
  void* small = scratch(100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(small) % 64, 0u);
  EXPECT_EQ(scratch(64), small);
  void* large = scratch(std::int64_t{3} << 20);
  std::memset(large, 1, std::size_t{3} << 20);
  EXPECT_EQ(scratch(1000), large);
  void* other = nullptr;
  std::thread([&] { other = scratch(100), std::memset(other, 2, 100); }).join();
  EXPECT_EQ(static_cast<unsigned char*>(large)[0], 1);
}

}  // namespace
}  // namespace tenon::runtime
