#pragma once
#include "op/op.h"

namespace tenon {

struct GroupNorm {
  static constexpr std::string_view name = "group_norm";
  static constexpr std::string_view doc =
      "x[n, c, ...] with the channels c in `groups` groups of neighbours: (x - mean) / sqrt(variance + epsilon) over "
      "each "
      "group of each n, times scale[c], plus bias[c] (Wu and He 2018). group_norm(x), group_norm(x, scale) or "
      "group_norm(x, scale, bias)";
  static constexpr std::string_view constraints = R"(
    there is x, perhaps a scale, and then perhaps a bias | ()
    x is a float | (i32[2,3])
    x has batch and channels | (f32[3])
    the groups divide the channels | {groups=2} (f32[2,3])
    the scale is one number for each channel | (f32[2,3], f32[2])
    epsilon is finite and at least 0 | {epsilon=-1} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 groups = 1;
  double epsilon = 1e-5;
  static void fields(auto& self, auto&& f) { f("groups", self.groups), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<GroupNorm>> samples();
};

}  // namespace tenon
