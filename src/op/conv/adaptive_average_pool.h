#pragma once
#include "op/conv/adaptive_pool.h"

namespace tenon {

struct AdaptiveAveragePool {
  static constexpr std::string_view name = "adaptive_average_pool";
  static constexpr std::string_view doc =
      "The mean in each of `extents` windows that share out the elements: in one dimension window o of m goes from "
      "floor(o n / m) to ceil((o + 1) n / m) of n elements. There are as many spatial dimensions as extents, the "
      "last of x, or with layout \"nhwc\" those before the last; -1 keeps an extent. Narrow floats are accumulated "
      "in f32.";
  static constexpr std::string_view constraints = R"(
    there is one operand | {extents=[2]} ()
    x is a float | {extents=[2]} (i32[1,2,4])
    there is an extent for each spatial dimension | (f32[1,2,4])
    which is at least 0, or -1 to keep it | {extents=[-2]} (f32[1,2,4])
    x is not empty there | {extents=[2]} (f32[1,2,0]))";
  static constexpr Traits traits{.reduction = true};
  Ints extents;
  std::string layout = "nchw";
  static void fields(auto& self, auto&& f) { f("extents", self.extents), f("layout", self.layout); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<AdaptiveAveragePool>> samples();
};

}  // namespace tenon
