#pragma once
#include "op/conv/global_pool.h"

namespace tenon {

struct GlobalAveragePool {
  static constexpr std::string_view name = "global_average_pool";
  static constexpr std::string_view doc =
      "The mean over all spatial dimensions, which stay with extent 1. x is [N, C, spatial…], with layout \"nhwc\" "
      "[N, spatial…, C].";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[1,2,4])
    x has batch, channels and spatial dimensions | (f32[1,2])
    the layout is "nchw" or "nhwc" | {layout="chwn"} (f32[1,2,4]))";
  static constexpr Traits traits{.reduction = true};
  std::string layout = "nchw";
  static void fields(auto& self, auto&& f) { f("layout", self.layout); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<GlobalAveragePool>> samples();
};

}  // namespace tenon
