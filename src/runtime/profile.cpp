#include "runtime/profile.h"

#include <algorithm>
#include <map>

namespace tenon::runtime {

namespace {
thread_local Profile* collecting = nullptr;
}  // namespace

Profile::Profile() : outer_(std::exchange(collecting, this)) {}
Profile::~Profile() { collecting = outer_; }
Profile* Profile::current() { return collecting; }

double Profile::kernel_seconds() const {
  double sum = 0;
  for (const CallTime& c : calls_) sum += c.seconds;
  return sum;
}

std::string to_string(const Profile& profile) {
  struct Row {
    double seconds = 0, flops = 0, bytes = 0;
    i64 calls = 0;
    std::string schedule;
  };
  std::map<std::string, Row> rows;
  for (const CallTime& c : profile.calls()) {
    Row& r = rows[c.label];
    r.seconds += c.seconds, r.flops += c.flops, r.bytes += c.bytes, ++r.calls;
    r.schedule = c.schedule;
  }
  std::vector<std::pair<std::string, Row>> sorted(rows.begin(), rows.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.second.seconds > b.second.seconds; });
  double total = std::max(profile.kernel_seconds(), 1e-30);
  std::string s = fmt::format("{:>10} {:>6} {:>7} {:>9} {:>8}  kernel\n", "us", "share", "calls", "GFLOP/s", "GB/s");
  for (const auto& [label, r] : sorted)
    s += fmt::format("{:10.1f} {:5.1f}% {:7} {:9.1f} {:8.1f}  {} [{}]\n", r.seconds * 1e6, 100 * r.seconds / total,
                     r.calls, r.flops / std::max(r.seconds, 1e-12) / 1e9, r.bytes / std::max(r.seconds, 1e-12) / 1e9,
                     label, r.schedule);
  return s;
}

}  // namespace tenon::runtime
