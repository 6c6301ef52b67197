#include "base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>

#include "base/file.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

void put(const TestFolder& folder, const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(folder / path).parent_path());
  write_file_atomically(folder / path, text);
}

TEST(Cores, AtLeastOneAndAtMostTheAffinityMask) {
  cpu_set_t set;
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  EXPECT_GE(usable_cores(), 1);
  EXPECT_LE(usable_cores(), CPU_COUNT(&set));
}

TEST(Cores, SecondVersionTakesTheSmallestQuotaOnTheWayUp) {
  TestFolder root;
  put(root, "a/cpu.max", "250000 100000\n");
  put(root, "a/b/cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_quota("0::/a/b\n", root / ""), 2.5);
  put(root, "a/b/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_quota("0::/a/b\n", root / ""), 0.5);
  EXPECT_DOUBLE_EQ(cgroup_quota("0::/\n", root / ""), 0);
}

TEST(Cores, FirstVersionReadsTheCpuController) {
  TestFolder root;
  put(root, "cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n");
  put(root, "cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  std::string membership = "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/\n0::/\n";
  EXPECT_DOUBLE_EQ(cgroup_quota(membership, root / ""), 3);
  put(root, "cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  EXPECT_DOUBLE_EQ(cgroup_quota(membership, root / ""), 0);
}

TEST(Cores, AContainerSeesItsOwnGroupAtTheRoot) {
  TestFolder root;
  put(root, "cpu.max", "100000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_quota("0::/outside/name\n", root / ""), 1);
}

TEST(Cores, IgnoresWhatIsMalformed) {
  TestFolder root;
  put(root, "cpu.max", "many few\n");
  EXPECT_DOUBLE_EQ(cgroup_quota("0::/\nnonsense\n:\n3:cpu:\n", root / ""), 0);
}

}  // namespace
}  // namespace tenon
