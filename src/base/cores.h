// How many processors this process may keep busy.
#pragma once
#include <string>
#include <string_view>

namespace tenon {

/// The processors of the affinity mask, or fewer where a cgroup's CPU quota (v1 or v2, of this process's group or any
/// above it) allows less; a fractional quota is rounded up. At least 1. Read once.
int usable_cores();

/// The quota in processors (0: unlimited) that applies to a process with the given /proc/self/cgroup text when the
/// control groups are mounted at `root`.
double cgroup_quota(std::string_view membership, const std::string& root);

}  // namespace tenon
