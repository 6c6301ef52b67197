#include "base/cores.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <sstream>

namespace tenon {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Processors allowed by the group in `folder`, 0 where it sets no limit.
double quota_of(const std::string& folder, bool unified) {
  double quota = 0, period = 0;
  if (unified) {
    std::istringstream(text_of(folder + "/cpu.max")) >> quota >> period;  // "max 100000": reading fails, unlimited
  } else {
    std::istringstream(text_of(folder + "/cpu.cfs_quota_us")) >> quota;
    std::istringstream(text_of(folder + "/cpu.cfs_period_us")) >> period;
  }
  return quota > 0 && period > 0 ? quota / period : 0;
}

// The smallest limit on the way from the group up to the root of the hierarchy.
double quota_along(const std::string& mount, std::string group, bool unified) {
  double smallest = 0;
  for (;;) {
    double quota = quota_of(mount + group, unified);
    if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
    if (group.empty()) return smallest;
    group.erase(group.rfind('/'));
  }
}

int affinity_count() {
  for (int capacity = 1024; capacity <= 1 << 20; capacity *= 2) {
    std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(static_cast<std::size_t>(capacity)),
                                                         [](cpu_set_t* s) { CPU_FREE(s); });
    std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(capacity));
    if (sched_getaffinity(0, size, set.get()) == 0) return CPU_COUNT_S(size, set.get());
  }
  return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace

double cgroup_quota(std::string_view membership, const std::string& root) {
  double smallest = 0;
  std::istringstream lines{std::string(membership)};
  for (std::string line; std::getline(lines, line);) {  // "4:cpu,cpuacct:/group" or "0::/group"
    std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    if (group.empty() || group[0] != '/' || group == "/") group.clear();
    bool unified = controllers.empty();
    if (!unified && ("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
    const std::string mounts[] = {root + (unified ? "" : "/" + controllers), root + (unified ? "/unified" : "/cpu")};
    for (const std::string& mount : mounts) {
      double quota = quota_along(mount, group, unified);
      if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
    }
  }
  return smallest;
}

int usable_cores() {
  static const int cores = [] {
    int count = affinity_count();
    double quota = cgroup_quota(text_of("/proc/self/cgroup"), "/sys/fs/cgroup");
    if (quota > 0) count = std::min(count, static_cast<int>(std::ceil(std::min(quota, 1e6))));
    return std::max(count, 1);
  }();
  return cores;
}

}  // namespace tenon
