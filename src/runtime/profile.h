// Where the time of programs goes.
#pragma once
#include <string>
#include <vector>

#include "tensor/dtype.h"

namespace tenon::runtime {

struct CallTime {
  std::string label, schedule;  ///< see KernelCall
  double seconds = 0, flops = 0, bytes = 0;
  std::string symbol;  ///< of generated code
};

/// While one lives, every kernel call of a program that is run on this thread is timed (two clock readings a call).
/// The innermost profile collects.
class Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  const std::vector<CallTime>& calls() const { return calls_; }
  double kernel_seconds() const;
  void clear() { calls_.clear(); }

  /// The profile that collects on this thread, or nullptr.
  static Profile* current();
  void add(CallTime call) { calls_.push_back(std::move(call)); }

 private:
  std::vector<CallTime> calls_;
  Profile* outer_;
};

/// Calls of equal label added up, the longest first: time, share, rate. A table for people.
std::string to_string(const Profile& profile);

}  // namespace tenon::runtime
