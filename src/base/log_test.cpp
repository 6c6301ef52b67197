#include "base/log.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(Log, WritesEnabledCategoriesOnly) {
  set_log_categories("compile,memory");
  EXPECT_TRUE(log_enabled("compile"));
  EXPECT_TRUE(log_enabled("memory"));
  EXPECT_FALSE(log_enabled("comp"));
  testing::internal::CaptureStderr();
  log_line("compile", "{} kernels", 3);
  log_line("other", "silent");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "[compile] 3 kernels\n");
}

TEST(Log, AllAndNothing) {
  set_log_categories("all");
  EXPECT_TRUE(log_enabled("anything"));
  set_log_categories(",,");
  EXPECT_FALSE(log_enabled("anything"));
  set_log_categories("");
  EXPECT_FALSE(log_enabled(""));
}

}  // namespace
}  // namespace tenon
